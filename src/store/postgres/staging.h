#pragma once
// Staging: the sums of the batches that a fold takes, by day and subject.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/total.h"
#include "store/postgres/connection.h"
#include "store/postgres/fold_plan.h"
#include "store/postgres/tables.h"
#include "store/store.h"

namespace tidemark::postgres {

// " AND ..." that holds `subject` to the scope's range; the bounds are added to the parameters.
std::string subject_bounds(const FoldScope& scope,
                           const std::string& subject,
                           Parameters& parameters);

// The scope itself, or where its pace has pauses that scope in subject ranges of about as many rows
// a day as the pace takes at once. Of a partial dataset, or of very many batches, each range would
// read the rows of all others too: they are folded in one piece.
Result<std::vector<FoldScope>> cut_scope(Connection& connection,
                                         const DatasetTables& tables,
                                         const FoldScope& scope,
                                         const FoldPlan& plan);

// Makes the transaction's table fold_stage.
Result<void> create_stage(Connection& connection, const DatasetTables& tables);

// Fills it anew; gives its row count. Fails with refused when a sum exceeds 64 bits.
Result<std::int64_t> stage(Connection& connection,
                           const DatasetTables& tables,
                           const FoldScope& scope,
                           const FoldPlan& plan);

// What is staged, by metric.
Result<std::vector<Total>> staged_totals(Connection& connection, const DatasetTables& tables);

}  // namespace tidemark::postgres
