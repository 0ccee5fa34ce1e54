#pragma once
// A PostgreSQL database as the target of a copy.

#include <memory>
#include <string>

#include "base/result.h"
#include "store/copying.h"

namespace tidemark {

// Rows are taken 50,000 a transaction as COPY. Fails as open_postgres_store() does.
Result<std::unique_ptr<CopyTarget>> open_postgres_copy_target(const std::string& url);

}  // namespace tidemark
