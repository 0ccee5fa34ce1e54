#pragma once
// Staging: the sums of the batches that a fold takes, by day and subject.

#include <cstdint>

#include "base/result.h"
#include "store/postgres/connection.h"
#include "store/postgres/fold_plan.h"
#include "store/postgres/tables.h"
#include "store/store.h"

namespace tidemark::postgres {

// Fills the transaction's table fold_stage; gives its row count. Fails with refused when a sum
// exceeds 64 bits.
Result<std::int64_t> stage(Connection& connection,
                           const DatasetTables& tables,
                           const FoldScope& scope,
                           const FoldPlan& plan);

}  // namespace tidemark::postgres
