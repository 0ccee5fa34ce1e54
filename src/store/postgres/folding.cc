#include "store/postgres/folding.h"

#include <algorithm>
#include <span>
#include <string>

#include <fmt/format.h>

#include "store/postgres/sql_error.h"
#include "store/postgres/storing.h"
#include "store/postgres/values.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

// The sum that would not fit, by name. Asked for after the fold was rolled back.
Error name_overflow(Connection& connection,
                    const DatasetTables& tables,
                    const FoldPlan& plan,
                    Error error) {
    connection.roll_back();
    const Result<Rows> rows = connection.query(
        fmt::format(
            "SELECT b.date - DATE '1970-01-01', b.{0}, {1} FROM {2} b LEFT JOIN {3} d"
            " ON d.date = b.date AND d.{0} = b.{0} WHERE b.batch_seq > $1"
            " AND b.batch_seq <= $2 AND b.date = ANY($3)"
            " AND b.batch_seq > coalesce(d.folded_through, 0) GROUP BY 1, 2"
            " HAVING greatest({4}) > 9223372036854775807 ORDER BY 1, 2 LIMIT 1",
            tables.subject,
            tables.metric_list("sum(b.{0}) + coalesce(max(d.{0}), 0) > 9223372036854775807"),
            tables.batch,
            tables.daily,
            tables.metric_list("sum(b.{0}) + coalesce(max(d.{0}), 0)")),
        Parameters().integer(plan.cursor.folded_through).integer(plan.horizon).days(plan.days));
    if (!rows.has_value() || rows->empty()) {
        return with_context(fmt::format("fold '{}'", tables.dataset.name()), std::move(error));
    }
    std::size_t metric = 0;
    while (!rows->boolean(0, static_cast<int>(metric) + 2)) {
        ++metric;
    }
    return value_too_large(
        tables.dataset.name(),
        rows->text(0, 1),
        UtcDay::from_days_since_epoch(static_cast<std::int32_t>(rows->integer(0, 0))),
        tables.dataset.metrics()[metric]);
}

Error explain_failure(Connection& connection,
                      const DatasetTables& tables,
                      const FoldPlan& plan,
                      SqlError failure) {
    if (failure.state == state_out_of_range) {
        return name_overflow(connection, tables, plan, std::move(failure.error));
    }
    return with_context(fmt::format("fold '{}'", tables.dataset.name()), std::move(failure.error));
}

Error not_conserved(const DatasetTables& tables, const FoldPlan& plan, std::string_view what) {
    return {ErrorKind::corrupt,
            fmt::format("fold '{}': batches {} to {}: {}; nothing was folded",
                        tables.dataset.name(),
                        plan.cursor.folded_through + 1,
                        plan.horizon,
                        what)};
}

// Restricts `subject` to the scope's range and appends the bounds.
std::string subject_bounds(const FoldScope& scope,
                           const std::string& subject,
                           Parameters& parameters) {
    std::string bounds;
    if (scope.subject_from.has_value()) {
        parameters.text(*scope.subject_from);
        bounds += fmt::format(" AND {} >= ${}", subject, parameters.size());
    }
    if (scope.subject_to.has_value()) {
        parameters.text(*scope.subject_to);
        bounds += fmt::format(" AND {} < ${}", subject, parameters.size());
    }
    return bounds;
}

// The sums of one day. Each batch comes out of the index (batch_seq, subject) in order, so they are
// merged instead of sorted or hashed.
Statement stage_day(const DatasetTables& tables,
                    const FoldScope& scope,
                    UtcDay day,
                    std::span<const std::int64_t> batches) {
    Parameters parameters;
    const std::string bounds = subject_bounds(scope, "b." + tables.subject, parameters);
    std::string rows;
    for (const std::int64_t batch_seq : batches) {
        rows += rows.empty() ? "" : " UNION ALL ";
        rows += fmt::format(
            "(SELECT b.{0}, {1} FROM \"{2}\" b WHERE b.batch_seq = {3}{4}"
            " ORDER BY b.{0})",
            tables.subject,
            tables.metric_list("b.{0}"),
            tables.partition(day),
            batch_seq,
            bounds);
    }
    return {.sql = fmt::format(
                "INSERT INTO fold_stage SELECT DATE '{0}', r.{1}, {2} FROM ({3}) r GROUP BY r.{1}",
                day.to_string(),
                tables.subject,
                tables.metric_list("sum(r.{0})::bigint"),
                rows),
            .parameters = std::move(parameters)};
}

// The sums of all days at once, of any number of batches. Daily rows above the cursor exist only
// while the dataset is partial; the row bound costs up to 1.9 times the fold, so it is left out
// otherwise.
Statement stage_range(const DatasetTables& tables, const FoldScope& scope, const FoldPlan& plan) {
    Parameters parameters;
    parameters.integer(plan.cursor.folded_through).integer(plan.horizon).days(plan.days);
    std::string bounds = subject_bounds(scope, "b." + tables.subject, parameters);
    std::string join;
    if (plan.cursor.partial) {
        join = fmt::format(
            " LEFT JOIN {0} d ON d.date = b.date AND d.{1} = b.{1}", tables.daily, tables.subject);
        bounds += " AND b.batch_seq > coalesce(d.folded_through, 0)";
    }
    return {.sql = fmt::format("INSERT INTO fold_stage SELECT b.date, b.{0}, {1} FROM {2} b{3}"
                               " WHERE b.batch_seq > $1 AND b.batch_seq <= $2"
                               " AND b.date = ANY($3){4} GROUP BY b.date, b.{0}",
                               tables.subject,
                               tables.metric_list("sum(b.{0})::bigint"),
                               tables.batch,
                               join,
                               bounds),
            .parameters = std::move(parameters)};
}

bool can_merge_batches(const FoldPlan& plan) {
    constexpr std::size_t batches_of_a_day_max = 64;
    constexpr std::size_t days_max = 100;
    return !plan.cursor.partial && plan.batches_of_day.size() <= days_max &&
           std::ranges::all_of(plan.batches_of_day, [](const auto& day_and_batches) {
               return day_and_batches.second.size() <= batches_of_a_day_max;
           });
}

tl::expected<std::int64_t, SqlError> fill_stage(Connection& connection,
                                                const DatasetTables& tables,
                                                const FoldScope& scope,
                                                const FoldPlan& plan) {
    if (!can_merge_batches(plan)) {
        const Statement range = stage_range(tables, scope, plan);
        return connection.run(range.sql, range.parameters).map(&Rows::changed);
    }
    // Without statistics of a new partition the planner would rather sort: 1.9 times the time.
    auto set = connection.run(
        "SELECT set_config('enable_sort', 'off', true),"
        " set_config('enable_hashagg', 'off', true)");
    if (!set.has_value()) {
        return tl::unexpected(std::move(set).error());
    }
    std::int64_t staged_count = 0;
    for (const auto& [day, batches] : plan.batches_of_day) {
        const Statement one = stage_day(tables, scope, day, batches);
        tl::expected<Rows, SqlError> staged = connection.run(one.sql, one.parameters);
        if (!staged.has_value()) {
            return tl::unexpected(std::move(staged).error());
        }
        staged_count += staged->changed();
    }
    set = connection.run(
        "SELECT set_config('enable_sort', 'on', true),"
        " set_config('enable_hashagg', 'on', true)");
    if (!set.has_value()) {
        return tl::unexpected(std::move(set).error());
    }
    return staged_count;
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
    TIDEMARK_ASSIGN_OR_RETURN(outcome.daily_row_count, stage(connection, tables, scope, plan));
    if (scope.whole() && !cursor.partial) {
        TIDEMARK_RETURN_IF_ERROR(check_staged(connection, tables, plan));
    }
    TIDEMARK_RETURN_IF_ERROR(merge(connection, tables, plan, outcome.daily_row_count));
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
                         " FROM unnest(days) day) FROM batch_registry WHERE dataset = $1"
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
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<UtcDay> days, parse_days(rows.text(row, 1)));
        for (const UtcDay day : days) {
            if (scope.days.empty() || std::ranges::find(scope.days, day) != scope.days.end()) {
                plan.batches_of_day[day].push_back(rows.integer(row, 0));
            }
        }
    }
    for (const auto& [day, batches] : plan.batches_of_day) {
        plan.days.push_back(day);
    }
    return plan;
}

Result<std::int64_t> stage(Connection& connection,
                           const DatasetTables& tables,
                           const FoldScope& scope,
                           const FoldPlan& plan) {
    TIDEMARK_RETURN_IF_ERROR(connection.execute_script(fmt::format(
        "CREATE TEMPORARY TABLE fold_stage (date date NOT NULL, {} text COLLATE \"C\" NOT NULL, {})"
        " ON COMMIT DROP",
        tables.subject,
        tables.metric_list("{0} bigint NOT NULL"))));
    tl::expected<std::int64_t, SqlError> staged = fill_stage(connection, tables, scope, plan);
    if (!staged.has_value()) {
        return explain_failure(connection, tables, plan, std::move(staged).error());
    }
    // Few rows: the planner would take an empty-looking table for ten pages. Many: their pages tell
    // it as much as statistics would.
    constexpr std::int64_t rows_told_by_pages = 10'000;
    if (*staged < rows_told_by_pages) {
        TIDEMARK_RETURN_IF_ERROR(connection.execute_script("ANALYZE fold_stage"));
    }
    return *staged;
}

Result<void> check_staged(Connection& connection,
                          const DatasetTables& tables,
                          const FoldPlan& plan) {
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
            fmt::format("SELECT ROW({}) = (SELECT {} FROM batch_registry WHERE dataset = $1"
                        " AND batch_seq > $2 AND batch_seq <= $3 AND state = 'committed')"
                        " FROM fold_stage",
                        tables.metric_list("coalesce(sum({0}), 0)"),
                        registered.substr(2)),
            Parameters()
                .text(tables.dataset.name())
                .integer(plan.cursor.folded_through)
                .integer(plan.horizon)));
    if (!rows.boolean(0, 0)) {
        return not_conserved(tables, plan, "the rows do not add up to the registry's totals");
    }
    return {};
}

Result<void> merge(Connection& connection,
                   const DatasetTables& tables,
                   const FoldPlan& plan,
                   std::int64_t staged_count) {
    // The days stand in the join condition a second time so that the daily rows of all other days
    // are left alone: the cost follows the batches, not the history.
    tl::expected<Rows, SqlError> merged = connection.run(
        fmt::format("MERGE INTO {0} d USING fold_stage s ON d.date = s.date AND d.{1} = s.{1}"
                    " AND d.date = ANY($2)"
                    " WHEN MATCHED AND d.folded_through < $1 THEN UPDATE SET {2},"
                    " folded_through = $1"
                    " WHEN NOT MATCHED THEN INSERT (date, {1}, {3}, folded_through)"
                    " VALUES (s.date, s.{1}, {4}, $1)",
                    tables.daily,
                    tables.subject,
                    tables.metric_list("{0} = d.{0} + s.{0}"),
                    tables.metric_list("{0}"),
                    tables.metric_list("s.{0}")),
        Parameters().integer(plan.horizon).days(plan.days));
    if (!merged.has_value()) {
        return explain_failure(connection, tables, plan, std::move(merged).error());
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
