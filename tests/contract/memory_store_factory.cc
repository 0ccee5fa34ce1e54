#include "contract/store_factory.h"
#include "store/memory/memory_store.h"

namespace tidemark::test {

namespace {

class MemoryTestDatabase final : public TestDatabase {
 public:
    std::unique_ptr<Store> open() override { return open_memory_store(database_, clock_); }

 private:
    SystemClock clock_;
    std::shared_ptr<MemoryDatabase> database_ = make_memory_database();
};

}  // namespace

StoreFactory memory_store_factory() {
    return {.name = "memory",
            .make_database = []() -> std::unique_ptr<TestDatabase> {
                return std::make_unique<MemoryTestDatabase>();
            },
            .lasting = false};
}

}  // namespace tidemark::test
