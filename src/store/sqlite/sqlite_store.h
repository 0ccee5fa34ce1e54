#pragma once
// The embedded store: one SQLite file in WAL mode, any number of processes.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/migration.h"
#include "store/store.h"

namespace tidemark {

struct SqliteOptions {
    // How long a call waits for another process's write transaction before it is unavailable. A
    // batch of 100,000 rows holds the lock for about a third of a second.
    std::chrono::milliseconds busy_timeout{60'000};
    // SQLite's name of the file layer to use; empty: the default one.
    std::string file_layer;
};

// Opens the file, makes it when it is missing and brings its schema up to date. Fails with
// invalid_input (a directory, or in a directory that does not exist), unavailable (cannot be
// opened, disk full), refused (a schema newer than this binary) or corrupt (not a Tidemark
// database). `clock` must outlive the store.
Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path,
                                                 const Clock& clock,
                                                 const SqliteOptions& options = {});

// The migrations that the file does not have, all of them when there is no file; changes nothing.
// Fails as open_sqlite_store() does.
Result<std::vector<Migration>> find_pending_sqlite_migrations(const std::string& path);

}  // namespace tidemark
