#pragma once
// Why a statement of a fold failed.

#include "base/result.h"
#include "store/postgres/connection.h"
#include "store/postgres/fold_plan.h"
#include "store/postgres/tables.h"

namespace tidemark::postgres {

// Names the sum that does not fit in 64 bits, where it is that; for which the transaction is rolled
// back.
Error explain_fold_failure(Connection& connection,
                           const DatasetTables& tables,
                           const FoldPlan& plan,
                           SqlError failure);

}  // namespace tidemark::postgres
