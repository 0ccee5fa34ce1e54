#pragma once
// The schema's migrations on PostgreSQL.

#include "base/result.h"
#include "store/postgres/connection.h"

namespace tidemark::postgres {

// Brings the schema up to this binary's, one process at a time, in one transaction. Fails with
// refused when the database's schema is newer.
Result<void> migrate(Connection& connection);

}  // namespace tidemark::postgres
