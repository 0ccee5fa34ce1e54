#pragma once
// Removing the batch rows of a day.

#include "base/result.h"
#include "store/postgres/session.h"
#include "store/postgres/tables.h"

namespace tidemark::postgres {

// Store::purge_day. Waits a bounded time for those who read or write batch rows (unavailable
// after it).
Result<bool> purge_day(Session& session, const DatasetTables& tables, UtcDay day);

}  // namespace tidemark::postgres
