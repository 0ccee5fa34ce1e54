#pragma once
// Proving a dataset right; see VerifyStore.

#include "base/result.h"
#include "store/postgres/connection.h"
#include "store/postgres/tables.h"
#include "store/verify_store.h"

namespace tidemark::postgres {

// The server adds up, over as many parallel workers as it has for one query; what comes over the
// connection is sums by batch and day, and the daily rows that are wrong.
Result<VerifySummary> verify(Connection& connection,
                             const DatasetTables& tables,
                             const VerifyScope& scope,
                             const DifferenceSink& differs);

}  // namespace tidemark::postgres
