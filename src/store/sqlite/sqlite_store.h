#pragma once
// The embedded store: one SQLite file in WAL mode, any number of processes.

#include <memory>
#include <string>

#include "base/clock.h"
#include "store/store.h"

namespace tidemark {

// Opens the file, makes it when it is missing and brings its schema up to date. Fails with
// unavailable (cannot be opened, disk full), refused (a schema newer than this binary) or corrupt
// (not a Tidemark database). `clock` must outlive the store.
Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path, const Clock& clock);

}  // namespace tidemark
