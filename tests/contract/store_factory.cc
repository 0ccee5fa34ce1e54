#include "contract/store_factory.h"

#include <cstdio>
#include <cstdlib>

namespace tidemark::test {

std::string TestDatabase::by_hand(const std::string& sql) {
    std::fprintf(stderr, "no SQL here: %s\n", sql.c_str());
    std::abort();
}

std::vector<StoreFactory> store_factories() {
    return {memory_store_factory(), sqlite_store_factory(), postgres_store_factory()};
}

}  // namespace tidemark::test
