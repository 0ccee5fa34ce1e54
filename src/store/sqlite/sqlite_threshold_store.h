#pragma once
// The threshold store of a SQLite file.

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/sqlite/sqlite_store.h"
#include "store/threshold_store.h"

namespace tidemark {

// Opens, makes and fails as open_sqlite_store(), on a connection of its own.
Result<std::unique_ptr<ThresholdStore>> open_sqlite_threshold_store(
    const std::string& path, const Clock& clock, const SqliteOptions& options = {});

}  // namespace tidemark
