#include <cstdio>
#include <cstdlib>

#include "contract/sqlite_steps.h"
#include "contract/store_factory.h"
#include "store/sqlite/sqlite_store.h"
#include "support/scratch_directory.h"

namespace tidemark::test {

namespace {

class SqliteTestDatabase final : public TestDatabase {
 public:
    std::unique_ptr<Store> open() override {
        Result<std::unique_ptr<Store>> store =
            open_sqlite_store((directory_ / "tidemark.db").string(), clock_);
        if (!store.has_value()) {
            std::fprintf(stderr, "%s\n", store.error().message.c_str());
            std::abort();
        }
        return std::move(store).value();
    }

    std::string by_hand(const std::string& sql) override {
        RawConnection connection((directory_ / "tidemark.db").string());
        return connection.required(sql);
    }

 private:
    ScratchDirectory directory_;
    SystemClock clock_;
};

}  // namespace

StoreFactory sqlite_store_factory() {
    return {.name = "sqlite", .make_database = []() -> std::unique_ptr<TestDatabase> {
                return std::make_unique<SqliteTestDatabase>();
            }};
}

}  // namespace tidemark::test
