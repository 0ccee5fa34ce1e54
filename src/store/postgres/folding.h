#pragma once
// The steps of a fold, in the order that makes it exact (docs/fold_protocol.md). All of them run in
// one READ COMMITTED transaction, each in statements of its own:
//
//   lock_cursor   the dataset's cursor row FOR UPDATE: folders go one after the other
//   find_horizon  the highest batch_seq below which nobody is still writing, from one snapshot,
//                 before any row is read
//   stage         the sums of the batches between the two, by day and subject (staging.h)
//   merge         staged sums into the daily rows, as many as were staged
//   check_staged  what was staged is what the registry says was stored
//   move_cursor   up to the horizon; a fold of a part leaves it and marks the dataset partial
//
// A fold that pauses stages and merges one range of subjects after the other.
//
// Each is a function of its own, so that tests can put anything between two of them.

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "domain/total.h"
#include "store/postgres/fold_plan.h"
#include "store/postgres/session.h"
#include "store/postgres/tables.h"
#include "store/store.h"

namespace tidemark::postgres {

Result<FoldCursor> lock_cursor(Connection& connection, std::string_view dataset);

Result<std::int64_t> find_horizon(Connection& connection, std::string_view dataset);

// Reads the registry only.
Result<FoldPlan> plan_fold(Connection& connection,
                           const DatasetTables& tables,
                           const FoldScope& scope,
                           FoldCursor cursor,
                           std::int64_t horizon);

// `totals` of all that was staged. Fails with corrupt. Only what a whole fold stages over no
// partial ones can be compared.
Result<void> check_staged(Connection& connection,
                          const DatasetTables& tables,
                          const FoldPlan& plan,
                          std::span<const Total> totals);

// Fails with refused when a sum exceeds 64 bits, with corrupt when a staged row found its daily row
// beyond the horizon, which only a fold outside the lock could bring about.
Result<void> merge(Connection& connection,
                   const DatasetTables& tables,
                   const FoldScope& scope,
                   const FoldPlan& plan,
                   std::int64_t staged_count);

Result<void> move_cursor(Connection& connection,
                         std::string_view dataset,
                         const FoldScope& scope,
                         const FoldPlan& plan,
                         std::int64_t staged_count);

// Store::fold: expires abandoned batches, then all the steps.
Result<FoldOutcome> fold(Session& session, const DatasetTables& tables, const FoldScope& scope);

}  // namespace tidemark::postgres
