#pragma once
// The threshold store of a PostgreSQL database.

#include <memory>
#include <string>

#include "base/result.h"
#include "store/threshold_store.h"

namespace tidemark {

// Connects and fails as open_postgres_store(), with a connection of its own.
Result<std::unique_ptr<ThresholdStore>> open_postgres_threshold_store(const std::string& url);

}  // namespace tidemark
