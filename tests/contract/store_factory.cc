#include "contract/store_factory.h"

namespace tidemark::test {

std::vector<StoreFactory> store_factories() {
    return {memory_store_factory(), sqlite_store_factory(), postgres_store_factory()};
}

}  // namespace tidemark::test
