#pragma once
// The schema's migrations on PostgreSQL.

#include <span>

#include "base/result.h"
#include "store/migration.h"
#include "store/postgres/connection.h"

namespace tidemark::postgres {

// The migrations that the database does not have. Fails with refused when its schema is newer.
Result<std::span<const Migration>> load_pending(Connection& connection);

// Brings the schema up to this binary's, one process at a time, in one transaction. Fails with
// refused when the database's schema is newer.
Result<void> migrate(Connection& connection);

}  // namespace tidemark::postgres
