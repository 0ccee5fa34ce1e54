#include "store/postgres/staging.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "store/postgres/fold_failure.h"
#include "store/postgres/values.h"

namespace tidemark::postgres {

namespace {

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

}  // namespace

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

Result<std::vector<FoldScope>> cut_scope(Connection& connection,
                                         const DatasetTables& tables,
                                         const FoldScope& scope,
                                         const FoldPlan& plan) {
    std::vector<FoldScope> parts = {scope};
    if (scope.pace.share >= 1 || !plan.largest.has_value() || !can_merge_batches(plan)) {
        return parts;
    }
    Parameters parameters =
        Parameters().integer(plan.largest->batch_seq).integer(scope.pace.rows_at_once);
    const std::string bounds = subject_bounds(scope, tables.subject, parameters);
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows cuts,
        connection.query(
            fmt::format("SELECT DISTINCT {0} FROM (SELECT {0}, row_number() OVER (ORDER BY {0}) AS"
                        " number FROM \"{1}\" WHERE batch_seq = $1{2}) r WHERE number % $2 = 0"
                        " ORDER BY {0}",
                        tables.subject,
                        tables.partition(plan.largest->day),
                        bounds),
            parameters));
    for (int row = 0; row < cuts.size(); ++row) {
        FoldScope next = parts.back();
        next.subject_from = std::string(cuts.text(row, 0));
        parts.back().subject_to = next.subject_from;
        parts.push_back(std::move(next));
    }
    return parts;
}

Result<void> create_stage(Connection& connection, const DatasetTables& tables) {
    return connection.execute_script(fmt::format(
        "CREATE TEMPORARY TABLE fold_stage (date date NOT NULL, {} text COLLATE \"C\" NOT NULL, {})"
        " ON COMMIT DROP",
        tables.subject,
        tables.metric_list("{0} bigint NOT NULL")));
}

Result<std::int64_t> stage(Connection& connection,
                           const DatasetTables& tables,
                           const FoldScope& scope,
                           const FoldPlan& plan) {
    TIDEMARK_RETURN_IF_ERROR(connection.execute_script("TRUNCATE fold_stage"));
    tl::expected<std::int64_t, SqlError> staged = fill_stage(connection, tables, scope, plan);
    if (!staged.has_value()) {
        return explain_fold_failure(connection, tables, plan, std::move(staged).error());
    }
    // Few rows: the planner would take an empty-looking table for ten pages. Many: their pages tell
    // it as much as statistics would.
    constexpr std::int64_t rows_told_by_pages = 10'000;
    if (*staged < rows_told_by_pages) {
        TIDEMARK_RETURN_IF_ERROR(connection.execute_script("ANALYZE fold_stage"));
    }
    return *staged;
}

Result<std::vector<Total>> staged_totals(Connection& connection, const DatasetTables& tables) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(fmt::format("SELECT ARRAY[{}]::numeric[] FROM fold_stage",
                                     tables.metric_list("coalesce(sum({0}), 0)"))));
    return parse_totals(rows.text(0, 0));
}

}  // namespace tidemark::postgres
