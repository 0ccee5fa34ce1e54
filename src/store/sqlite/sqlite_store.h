#pragma once
// The embedded store: one SQLite file in WAL mode, any number of processes.

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
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

}  // namespace tidemark
