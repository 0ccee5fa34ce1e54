#pragma once
// Where the stores under test come from. A further store adds `<kind>_store_factory.cc` beside this
// file and its line to store_factories(); every test here then runs on it too.

#include <memory>
#include <string>
#include <vector>

#include "store/store.h"
#include "support/scratch_database.h"

namespace tidemark::test {

// One database of a store, empty when made and gone with this object.
class TestDatabase {
 public:
    TestDatabase() = default;
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;
    virtual ~TestDatabase() = default;

    // A further store on the same database; each may be used by its own thread. All must be gone
    // before the database. When it cannot be opened the test program ends with the reason.
    virtual std::unique_ptr<Store> open() = 0;

    // Runs SQL past the store, as somebody who mends tables by hand, and gives the first value of
    // the last statement; what cannot be run ends the test program.
    virtual std::string by_hand(const std::string& sql);

    // What tests reach past the store with; nullptr unless it is PostgreSQL.
    [[nodiscard]] virtual const ScratchDatabase* server() const { return nullptr; }
};

struct StoreFactory {
    std::string name;  // "sqlite"; part of the tests' names
    std::unique_ptr<TestDatabase> (*make_database)();
    bool lasting = true;  // a database keeps everything while no store is open on it
};

StoreFactory memory_store_factory();
StoreFactory sqlite_store_factory();
StoreFactory postgres_store_factory();

// Every store there is.
std::vector<StoreFactory> store_factories();

}  // namespace tidemark::test
