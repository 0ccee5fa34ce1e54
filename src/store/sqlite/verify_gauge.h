#pragma once
// Verifying the rows of a gauge; within the read transaction of verify.h.

#include "base/result.h"
#include "store/ledger_check.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/dataset_tables.h"

namespace tidemark::sqlite {

// Compares the days of the scope with their events, and adds up the events by batch and the rows by
// day; `facts` has the receipts and the purged days. The days that were recomputed.
Result<std::int64_t> recount_gauge(Connection& connection,
                                   const DatasetRow& row,
                                   const VerifyScope& scope,
                                   const DifferenceSink& differs,
                                   LedgerFacts& facts);

}  // namespace tidemark::sqlite
