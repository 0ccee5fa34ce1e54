#include <cstdio>
#include <cstdlib>

#include "contract/store_factory.h"
#include "store/postgres/postgres_store.h"

namespace tidemark::test {

namespace {

class PostgresTestDatabase final : public TestDatabase {
 public:
    std::unique_ptr<Store> open() override {
        Result<std::unique_ptr<Store>> store = open_postgres_store(database_.url());
        if (!store.has_value()) {
            std::fprintf(stderr, "%s\n", store.error().message.c_str());
            std::abort();
        }
        return std::move(store).value();
    }

    std::string by_hand(const std::string& sql) override { return database_.run(sql); }

    [[nodiscard]] const ScratchDatabase* server() const override { return &database_; }

 private:
    ScratchDatabase database_;
};

}  // namespace

StoreFactory postgres_store_factory() {
    return {.name = "postgres", .make_database = []() -> std::unique_ptr<TestDatabase> {
                return std::make_unique<PostgresTestDatabase>();
            }};
}

}  // namespace tidemark::test
