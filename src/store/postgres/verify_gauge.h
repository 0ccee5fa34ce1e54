#pragma once
// Verifying the rows of a gauge; within the snapshot of verify.h.

#include "base/result.h"
#include "store/ledger_check.h"
#include "store/postgres/connection.h"
#include "store/postgres/tables.h"

namespace tidemark::postgres {

// Compares the days of the scope with their events, and adds up the events by batch and the rows by
// day; `facts` has the receipts and the purged days. The days that were recomputed.
Result<std::int64_t> recount_gauge(Connection& connection,
                                   const DatasetTables& tables,
                                   const VerifyScope& scope,
                                   const DifferenceSink& differs,
                                   LedgerFacts& facts);

}  // namespace tidemark::postgres
