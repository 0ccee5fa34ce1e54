#include "store/sqlite/runs.h"

#include <chrono>
#include <limits>

#include <fmt/format.h>

#include "store/refusals.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

constexpr std::string_view select_run =
    "SELECT run_id, job, dataset, feed, started_at_us, heartbeat_at_us, ended_at_us, outcome, "
    "row_count, byte_count, error FROM run ";

std::int64_t microseconds(Timestamp instant) {
    return instant.time_since_epoch().count();
}

Timestamp instant(std::int64_t microseconds_since_epoch) {
    return Timestamp(std::chrono::microseconds(microseconds_since_epoch));
}

RunOutcome parse_outcome(std::string_view text) {
    if (text == to_string(RunOutcome::succeeded)) {
        return RunOutcome::succeeded;
    }
    return text == to_string(RunOutcome::failed) ? RunOutcome::failed : RunOutcome::running;
}

SlotRange range_of(const Statement& row) {
    return {.begin = Slot::from_index(static_cast<std::int32_t>(row.integer(0))),
            .end = Slot::from_index(static_cast<std::int32_t>(row.integer(1)))};
}

Result<Run> read_run(Connection& connection, const Statement& row) {
    Run run;
    run.id = row.integer(0);
    run.job = std::string(row.text(1));
    run.dataset = std::string(row.text(2));
    run.feed = std::string(row.text(3));
    run.started_at = instant(row.integer(4));
    run.heartbeat_at = instant(row.integer(5));
    if (!row.is_null(6)) {
        run.ended_at = instant(row.integer(6));
    }
    run.outcome = parse_outcome(row.text(7));
    run.rows = row.integer(8);
    run.bytes = row.integer(9);
    run.error = std::string(row.text(10));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement ranges,
        connection.prepare("SELECT begin_slot, end_slot FROM run_coverage WHERE run_id = ?1"));
    ranges.bind(run.id);
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, ranges.step());
        if (!found) {
            return run;
        }
        run.covered.add(range_of(ranges));
    }
}

Result<Run> find_run(Connection& connection, std::int64_t run_id) {
    TIDEMARK_ASSIGN_OR_RETURN(Statement statement,
                              connection.prepare(std::string(select_run) + "WHERE run_id = ?1"));
    statement.bind(run_id);
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
    if (!found) {
        return no_such_run(run_id);
    }
    return read_run(connection, statement);
}

}  // namespace

Result<std::int64_t> begin_run(Connection& connection,
                               Timestamp now,
                               std::string_view job,
                               std::string_view dataset,
                               std::string_view feed) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t run_id,
        connection.integer("INSERT INTO run (job, dataset, feed, started_at_us, heartbeat_at_us, "
                           "outcome) VALUES (?1, ?2, ?3, ?4, ?4, ?5) RETURNING run_id",
                           0,
                           job,
                           dataset,
                           feed,
                           microseconds(now),
                           to_string(RunOutcome::running)));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return run_id;
}

Result<void> heartbeat_run(Connection& connection, Timestamp now, std::int64_t run_id) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const Run run, find_run(connection, run_id));
    if (run.ended_at.has_value()) {
        return run_ended(run_id, run.outcome);
    }
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        "UPDATE run SET heartbeat_at_us = ?2 WHERE run_id = ?1", run_id, microseconds(now)));
    return transaction.commit();
}

Result<void> end_run(Connection& connection,
                     Timestamp now,
                     std::int64_t run_id,
                     const RunEnd& end) {
    TIDEMARK_RETURN_IF_ERROR(check_run_end(run_id, end));
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const Run run, find_run(connection, run_id));
    if (run.ended_at.has_value()) {
        return answer_ended_run(run, end);
    }
    TIDEMARK_RETURN_IF_ERROR(
        connection.run("UPDATE run SET heartbeat_at_us = ?2, ended_at_us = ?2, outcome = ?3, "
                       "row_count = ?4, byte_count = ?5, error = ?6 WHERE run_id = ?1",
                       run_id,
                       microseconds(now),
                       to_string(end.outcome),
                       end.rows,
                       end.bytes,
                       end.error));
    for (const SlotRange& range : end.covered.ranges()) {
        TIDEMARK_RETURN_IF_ERROR(connection.run(
            "INSERT INTO run_coverage (run_id, begin_slot, end_slot) VALUES (?1, ?2, ?3)",
            run_id,
            std::int64_t{range.begin.index()},
            std::int64_t{range.end.index()}));
    }
    return transaction.commit();
}

Result<std::vector<Run>> load_runs(Connection& connection, const RunQuery& query) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare(std::string(select_run) +
                           "WHERE (?1 = '' OR job = ?1) AND (?2 = '' OR dataset = ?2) AND "
                           "(?3 = '' OR feed = ?3) AND started_at_us >= ?4 AND started_at_us < ?5 "
                           "ORDER BY run_id DESC"));
    using Limits = std::numeric_limits<std::int64_t>;
    const auto edge = [&query](std::chrono::sys_seconds (UtcDay::*of)() const,
                               std::int64_t otherwise) {
        return query.day.has_value() ? microseconds((*query.day.*of)()) : otherwise;
    };
    statement.bind(query.job,
                   query.dataset,
                   query.feed,
                   edge(&UtcDay::begin, Limits::min()),
                   edge(&UtcDay::end, Limits::max()));
    std::vector<Run> runs;
    while (static_cast<std::int64_t>(runs.size()) < query.limit) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            break;
        }
        TIDEMARK_ASSIGN_OR_RETURN(Run run, read_run(connection, statement));
        runs.push_back(std::move(run));
    }
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return runs;
}

Result<Coverage> load_coverage(Connection& connection,
                               std::string_view dataset,
                               std::string_view feed) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement ranges,
        connection.prepare("SELECT c.begin_slot, c.end_slot FROM run r JOIN run_coverage c ON "
                           "c.run_id = r.run_id WHERE r.dataset = ?1 AND r.feed = ?2 AND "
                           "r.outcome = 'succeeded'"));
    ranges.bind(dataset, feed);
    Coverage covered;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, ranges.step());
        if (!found) {
            return covered;
        }
        covered.add(range_of(ranges));
    }
}

}  // namespace tidemark::sqlite
