#include "store/postgres/folding.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "store/postgres/fold_failure.h"
#include "store/postgres/fold_pauses.h"
#include "store/postgres/staging.h"
#include "store/postgres/storing.h"
#include "store/postgres/values.h"

namespace tidemark::postgres {

namespace {

Error not_conserved(const DatasetTables& tables, const FoldPlan& plan, std::string_view what) {
    return {ErrorKind::corrupt,
            fmt::format("fold '{}': batches {} to {}: {}; nothing was folded",
                        tables.dataset.name(),
                        plan.cursor.folded_through + 1,
                        plan.horizon,
                        what)};
}

// The steps between the plan and the cursor; gives the number of daily rows.
Result<std::int64_t> fold_rows(Connection& connection,
                               const DatasetTables& tables,
                               const FoldScope& scope,
                               const FoldPlan& plan) {
    FoldPauses pauses(scope.pace.share);
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<FoldScope> parts,
                              cut_scope(connection, tables, scope, plan));
    TIDEMARK_RETURN_IF_ERROR(create_stage(connection, tables));
    std::vector<Total> totals(tables.metrics.size());
    std::int64_t row_count = 0;
    for (const FoldScope& part : parts) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t staged_count,
                                  stage(connection, tables, part, plan));
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Total> staged,
                                  staged_totals(connection, tables));
        std::ranges::transform(
            totals, staged, totals.begin(), [](Total sum, Total more) { return sum += more; });
        TIDEMARK_RETURN_IF_ERROR(merge(connection, tables, part, plan, staged_count));
        row_count += staged_count;
        if (&part != &parts.back()) {
            pauses.rest();
        }
    }
    if (scope.whole() && !plan.cursor.partial) {
        TIDEMARK_RETURN_IF_ERROR(check_staged(connection, tables, plan, totals));
    }
    return row_count;
}

Result<FoldOutcome> fold_in_transaction(Connection& connection,
                                        const DatasetTables& tables,
                                        const FoldScope& scope) {
    const std::string& dataset = tables.dataset.name();
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin("BEGIN ISOLATION LEVEL READ COMMITTED"));
    TIDEMARK_ASSIGN_OR_RETURN(const FoldCursor cursor, lock_cursor(connection, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t horizon, find_horizon(connection, dataset));
    FoldOutcome outcome{.folded_from = cursor.folded_through,
                        .folded_through = std::max(horizon, cursor.folded_through)};
    if (horizon <= cursor.folded_through) {
        return outcome;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const FoldPlan plan,
                              plan_fold(connection, tables, scope, cursor, horizon));
    outcome.batch_count = plan.batch_count;
    TIDEMARK_ASSIGN_OR_RETURN(outcome.daily_row_count, fold_rows(connection, tables, scope, plan));
    TIDEMARK_RETURN_IF_ERROR(
        move_cursor(connection, dataset, scope, plan, outcome.daily_row_count));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return outcome;
}

}  // namespace

Result<FoldCursor> lock_cursor(Connection& connection, std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT folded_through, partial FROM dataset_fold WHERE dataset = $1"
                         " FOR UPDATE",
                         Parameters().text(dataset)));
    if (rows.empty()) {
        return Error{ErrorKind::corrupt, fmt::format("dataset '{}': its cursor is gone", dataset)};
    }
    return FoldCursor{.folded_through = rows.integer(0, 0), .partial = rows.boolean(0, 1)};
}

// The lowest running number and the highest given out come from one snapshot. In two, a batch that
// begins between them would be passed by.
Result<std::int64_t> find_horizon(Connection& connection, std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT coalesce(max(batch_seq), 0) FROM batch_registry"
                         " WHERE dataset = $1 AND batch_seq < coalesce((SELECT min(batch_seq)"
                         " FROM batch_registry WHERE dataset = $1"
                         " AND state IN ('running', 'written')), 9223372036854775807)",
                         Parameters().text(dataset)));
    return rows.integer(0, 0);
}

Result<FoldPlan> plan_fold(Connection& connection,
                           const DatasetTables& tables,
                           const FoldScope& scope,
                           FoldCursor cursor,
                           std::int64_t horizon) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT batch_seq, ARRAY(SELECT day - DATE '1970-01-01'"
                         " FROM unnest(days) day), row_count FROM batch_registry WHERE dataset = $1"
                         " AND batch_seq > $2 AND batch_seq <= $3 AND state = 'committed'"
                         " ORDER BY batch_seq",
                         Parameters()
                             .text(tables.dataset.name())
                             .integer(cursor.folded_through)
                             .integer(horizon)));
    FoldPlan plan{.cursor = cursor,
                  .horizon = horizon,
                  .batch_count = rows.size(),
                  .days = {},
                  .batches_of_day = {}};
    std::int64_t most_rows = -1;
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<UtcDay> days, parse_days(rows.text(row, 1)));
        for (const UtcDay day : days) {
            if (scope.days.empty() || std::ranges::find(scope.days, day) != scope.days.end()) {
                plan.batches_of_day[day].push_back(rows.integer(row, 0));
                if (rows.integer(row, 2) > most_rows) {
                    most_rows = rows.integer(row, 2);
                    plan.largest = {.day = day, .batch_seq = rows.integer(row, 0)};
                }
            }
        }
    }
    for (const auto& [day, batches] : plan.batches_of_day) {
        plan.days.push_back(day);
    }
    return plan;
}

Result<void> check_staged(Connection& connection,
                          const DatasetTables& tables,
                          const FoldPlan& plan,
                          std::span<const Total> totals) {
    std::string registered;
    for (std::size_t metric = 1; metric <= tables.metrics.size(); ++metric) {
        registered += fmt::format(
            ", coalesce(sum(totals[{0}]), 0) - (SELECT coalesce(sum(e.totals[{0}]), 0)"
            " FROM erased_batch e WHERE e.dataset = $1 AND e.batch_seq > $2"
            " AND e.batch_seq <= $3)",
            metric);
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            fmt::format("SELECT $4::numeric[] = (SELECT ARRAY[{}] FROM batch_registry WHERE"
                        " dataset = $1 AND batch_seq > $2 AND batch_seq <= $3"
                        " AND state = 'committed')",
                        registered.substr(2)),
            Parameters()
                .text(tables.dataset.name())
                .integer(plan.cursor.folded_through)
                .integer(plan.horizon)
                .totals(totals)));
    if (!rows.boolean(0, 0)) {
        return not_conserved(tables, plan, "the rows do not add up to the registry's totals");
    }
    return {};
}

Result<void> merge(Connection& connection,
                   const DatasetTables& tables,
                   const FoldScope& scope,
                   const FoldPlan& plan,
                   std::int64_t staged_count) {
    Parameters parameters = Parameters().integer(plan.horizon).days(plan.days);
    const std::string bounds = subject_bounds(scope, "d." + tables.subject, parameters);
    // The days, and the subjects of a part, stand in the join condition a second time so that all
    // other daily rows are left alone: the cost follows the batches, not the history.
    tl::expected<Rows, SqlError> merged = connection.run(
        fmt::format("MERGE INTO {0} d USING fold_stage s ON d.date = s.date AND d.{1} = s.{1}"
                    " AND d.date = ANY($2){5}"
                    " WHEN MATCHED AND d.folded_through < $1 THEN UPDATE SET {2},"
                    " folded_through = $1"
                    " WHEN NOT MATCHED THEN INSERT (date, {1}, {3}, folded_through)"
                    " VALUES (s.date, s.{1}, {4}, $1)",
                    tables.daily,
                    tables.subject,
                    tables.metric_list("{0} = d.{0} + s.{0}"),
                    tables.metric_list("{0}"),
                    tables.metric_list("s.{0}"),
                    bounds),
        parameters);
    if (!merged.has_value()) {
        return explain_fold_failure(connection, tables, plan, std::move(merged).error());
    }
    if (merged->changed() != staged_count) {
        return not_conserved(tables,
                             plan,
                             fmt::format("{} of {} daily rows were added to, so somebody else "
                                         "folded past the cursor's lock",
                                         merged->changed(),
                                         staged_count));
    }
    return {};
}

Result<void> move_cursor(Connection& connection,
                         std::string_view dataset,
                         const FoldScope& scope,
                         const FoldPlan& plan,
                         std::int64_t staged_count) {
    const Parameters name = Parameters().text(dataset);
    if (scope.whole()) {
        TIDEMARK_RETURN_IF_ERROR(connection.query(
            "UPDATE dataset_fold SET folded_through = $2, partial = false WHERE dataset = $1",
            Parameters(name).integer(plan.horizon)));
    } else if (staged_count > 0) {
        TIDEMARK_RETURN_IF_ERROR(
            connection.query("UPDATE dataset_fold SET partial = true WHERE dataset = $1", name));
    }
    return {};
}

Result<FoldOutcome> fold(Session& session, const DatasetTables& tables, const FoldScope& scope) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t expired_count,
                              expire_abandoned(*connection, tables.dataset.name()));
    TIDEMARK_ASSIGN_OR_RETURN(FoldOutcome outcome, fold_in_transaction(*connection, tables, scope));
    outcome.expired_count = expired_count;
    return outcome;
}

}  // namespace tidemark::postgres
