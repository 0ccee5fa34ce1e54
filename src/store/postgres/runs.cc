#include "store/postgres/runs.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

constexpr std::string_view run_query =
    "SELECT id, job, dataset, feed, (extract(epoch FROM started_at) * 1000000)::bigint,"
    " (extract(epoch FROM heartbeat_at) * 1000000)::bigint,"
    " (extract(epoch FROM ended_at) * 1000000)::bigint, outcome, row_count, byte_count, error"
    " FROM run ";

Timestamp instant_at(const Rows& rows, int row, int column) {
    return Timestamp(std::chrono::microseconds(rows.integer(row, column)));
}

RunOutcome outcome_named(std::string_view name) {
    constexpr std::array outcomes = {
        RunOutcome::running, RunOutcome::succeeded, RunOutcome::failed};
    const auto* const found =
        std::ranges::find(outcomes, name, [](RunOutcome outcome) { return to_string(outcome); });
    return found == outcomes.end() ? RunOutcome::failed : *found;
}

Run read_run(const Rows& rows, int row) {
    Run run;
    run.id = rows.integer(row, 0);
    run.job = rows.text(row, 1);
    run.dataset = rows.text(row, 2);
    run.feed = rows.text(row, 3);
    run.started_at = instant_at(rows, row, 4);
    run.heartbeat_at = instant_at(rows, row, 5);
    if (!rows.is_null(row, 6)) {
        run.ended_at = instant_at(rows, row, 6);
    }
    run.outcome = outcome_named(rows.text(row, 7));
    run.rows = rows.integer(row, 8);
    run.bytes = rows.integer(row, 9);
    run.error = rows.text(row, 10);
    return run;
}

SlotRange range_at(const Rows& rows, int row, int column) {
    return {.begin = Slot::from_index(static_cast<std::int32_t>(rows.integer(row, column))),
            .end = Slot::from_index(static_cast<std::int32_t>(rows.integer(row, column + 1)))};
}

Result<void> add_coverage(Connection& connection, std::vector<Run>& runs) {
    std::map<std::int64_t, Run*> by_id;
    std::vector<std::int64_t> ids;
    for (Run& run : runs) {
        by_id[run.id] = &run;
        ids.push_back(run.id);
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT run_id, begin_slot, end_slot FROM run_coverage"
                         " WHERE run_id = ANY($1) ORDER BY run_id, begin_slot",
                         Parameters().integers(ids)));
    for (int row = 0; row < rows.size(); ++row) {
        by_id.at(rows.integer(row, 0))->covered.add(range_at(rows, row, 1));
    }
    return {};
}

// With the row locked, when there is a transaction to hold the lock.
Result<Run> load_run(Connection& connection, std::int64_t run_id) {
    TIDEMARK_ASSIGN_OR_RETURN(const Rows rows,
                              connection.query(std::string(run_query) + "WHERE id = $1 FOR UPDATE",
                                               Parameters().integer(run_id)));
    if (rows.empty()) {
        return no_such_run(run_id);
    }
    std::vector<Run> runs = {read_run(rows, 0)};
    TIDEMARK_RETURN_IF_ERROR(add_coverage(connection, runs));
    return std::move(runs.front());
}

Result<void> insert_coverage(Connection& connection, std::int64_t run_id, const Coverage& covered) {
    std::vector<std::int64_t> begins;
    std::vector<std::int64_t> ends;
    for (const SlotRange& range : covered.ranges()) {
        begins.push_back(range.begin.index());
        ends.push_back(range.end.index());
    }
    TIDEMARK_RETURN_IF_ERROR(
        connection.query("INSERT INTO run_coverage (run_id, begin_slot, end_slot)"
                         " SELECT $1, first, last FROM unnest($2, $3) AS listed (first, last)",
                         Parameters().integer(run_id).integers(begins).integers(ends)));
    return {};
}

}  // namespace

Result<std::int64_t> begin_run(Connection& connection,
                               std::string_view job,
                               std::string_view dataset,
                               std::string_view feed) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("INSERT INTO run (job, dataset, feed, started_at, heartbeat_at)"
                         " SELECT $1, $2, $3, now, now FROM clock_timestamp() AS now RETURNING id",
                         Parameters().text(job).text(dataset).text(feed)));
    return rows.integer(0, 0);
}

Result<void> heartbeat_run(Connection& connection, std::int64_t run_id) {
    TIDEMARK_ASSIGN_OR_RETURN(const Rows beaten,
                              connection.query("UPDATE run SET heartbeat_at = clock_timestamp()"
                                               " WHERE id = $1 AND ended_at IS NULL",
                                               Parameters().integer(run_id)));
    if (beaten.changed() == 1) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const Run run, load_run(connection, run_id));
    return run_ended(run_id, run.outcome);
}

Result<void> end_run(Connection& connection, std::int64_t run_id, const RunEnd& end) {
    TIDEMARK_RETURN_IF_ERROR(check_run_end(run_id, end));
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin());
    TIDEMARK_ASSIGN_OR_RETURN(const Run run, load_run(connection, run_id));
    if (run.ended_at.has_value()) {
        return answer_ended_run(run, end);
    }
    TIDEMARK_RETURN_IF_ERROR(
        connection.query("UPDATE run SET heartbeat_at = now, ended_at = now, outcome = $2,"
                         " row_count = $3, byte_count = $4, error = $5"
                         " FROM clock_timestamp() AS now WHERE id = $1",
                         Parameters()
                             .integer(run_id)
                             .text(to_string(end.outcome))
                             .integer(end.rows)
                             .integer(end.bytes)
                             .text(end.error)));
    TIDEMARK_RETURN_IF_ERROR(insert_coverage(connection, run_id, end.covered));
    return transaction.commit();
}

Result<std::vector<Run>> load_runs(Connection& connection, const RunQuery& query) {
    std::string condition;
    Parameters parameters;
    parameters.integer(query.limit);
    for (const auto& [column, text] : {std::pair("job", &query.job),
                                       std::pair("dataset", &query.dataset),
                                       std::pair("feed", &query.feed)}) {
        if (!text->empty()) {
            parameters.text(*text);
            condition += fmt::format(" AND {} = ${}", column, parameters.size());
        }
    }
    if (query.day.has_value()) {
        parameters.day(*query.day);
        // The session's time zone is UTC.
        condition += fmt::format(
            " AND started_at >= ${0}::timestamptz AND started_at < ${0}::timestamptz"
            " + interval '1 day'",
            parameters.size());
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            fmt::format(
                "{}WHERE true{} ORDER BY id DESC LIMIT greatest($1, 0)", run_query, condition),
            parameters));
    std::vector<Run> runs;
    for (int row = 0; row < rows.size(); ++row) {
        runs.push_back(read_run(rows, row));
    }
    TIDEMARK_RETURN_IF_ERROR(add_coverage(connection, runs));
    return runs;
}

Result<Coverage> load_coverage(Connection& connection,
                               std::string_view dataset,
                               std::string_view feed) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT c.begin_slot, c.end_slot FROM run r"
                         " JOIN run_coverage c ON c.run_id = r.id WHERE r.dataset = $1"
                         " AND r.feed = $2 AND r.outcome = 'succeeded' ORDER BY c.begin_slot",
                         Parameters().text(dataset).text(feed)));
    Coverage coverage;
    for (int row = 0; row < rows.size(); ++row) {
        coverage.add(range_at(rows, row, 0));
    }
    return coverage;
}

}  // namespace tidemark::postgres
