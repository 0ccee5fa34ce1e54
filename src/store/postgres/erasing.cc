#include "store/postgres/erasing.h"

#include <chrono>
#include <string>

#include <fmt/format.h>

#include "store/postgres/folding.h"
#include "store/postgres/gauge_erasing.h"
#include "store/postgres/thresholds.h"
#include "store/postgres/values.h"

namespace tidemark::postgres {

namespace {

Timestamp instant_at(const Rows& rows, int row, int column) {
    return Timestamp(std::chrono::microseconds(rows.integer(row, column)));
}

// The revision of the seal of `day`, which is SQL, of dataset $1.
std::string revision_of(std::string_view day) {
    return fmt::format(
        "coalesce((SELECT s.revision FROM sealed_day s WHERE s.dataset = $1 AND s.date = {}), 0)",
        day);
}

// In an upsert of `e`: what stood there and what comes, metric by metric.
constexpr std::string_view added_totals =
    "totals = ARRAY(SELECT a + b FROM unnest(e.totals, excluded.totals) WITH ORDINALITY"
    " AS added (a, b, place) ORDER BY place)";

struct ErasedCounts {
    std::int64_t batches = 0;
    std::int64_t rows = 0;
};

// Takes the subject's rows out of the batches of a counter and records what they were.
Result<ErasedCounts> erase_batch_rows(Connection& connection,
                                      const DatasetTables& tables,
                                      std::string_view subject) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            fmt::format(
                "WITH gone AS (DELETE FROM {0} WHERE {1} = $2 RETURNING batch_seq, date, {2}),"
                " sums AS (SELECT batch_seq, date, count(*) AS row_count, ARRAY[{3}] AS totals"
                " FROM gone GROUP BY batch_seq, date), kept AS (INSERT INTO erased_batch AS e"
                " (dataset, batch_seq, date, revision, row_count, totals) SELECT $1, batch_seq,"
                " date, {4}, row_count, totals FROM sums ON CONFLICT (dataset, batch_seq, date,"
                " revision) DO UPDATE SET row_count = e.row_count + excluded.row_count, {5})"
                " SELECT count(DISTINCT batch_seq), coalesce(sum(row_count), 0) FROM sums",
                tables.batch,
                tables.subject,
                tables.metric_list("{0}"),
                tables.metric_list("sum({0})"),
                revision_of("sums.date"),
                added_totals),
            Parameters().text(tables.dataset.name()).text(subject)));
    return ErasedCounts{.batches = rows.integer(0, 0), .rows = rows.integer(0, 1)};
}

Result<ErasedCounts> erase_batch_events(Connection& connection,
                                        const DatasetTables& tables,
                                        std::string_view subject) {
    TIDEMARK_ASSIGN_OR_RETURN(const ErasedEvents erased, erase_events(connection, tables, subject));
    return ErasedCounts{.batches = erased.batch_count(), .rows = erased.event_count()};
}

// Statements of their own: what the locks waited for is visible to those that follow.
Result<void> keep_writers_out(Connection& connection, const DatasetTables& tables) {
    if (tables.dataset.kind() == DatasetKind::gauge) {
        return hold_numbers(connection, tables.dataset.name());
    }
    TIDEMARK_RETURN_IF_ERROR(lock_cursor(connection, tables.dataset.name()));
    return connection.execute_script(
        fmt::format("LOCK TABLE ONLY {} IN SHARE ROW EXCLUSIVE MODE", tables.batch));
}

// Takes the subject's daily rows and records what days without batch rows lost; gives the rows.
Result<std::int64_t> erase_daily_rows(Connection& connection,
                                      const DatasetTables& tables,
                                      std::string_view subject) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            fmt::format(
                "WITH gone AS (DELETE FROM {0} WHERE {1} = $2 RETURNING date, {2}),"
                " kept AS (INSERT INTO erased_day AS e (dataset, date, revision, totals)"
                " SELECT $1, date, {3}, ARRAY[{4}] FROM gone WHERE EXISTS (SELECT FROM purged_day p"
                " WHERE p.dataset = $1 AND p.date = gone.date) ON CONFLICT (dataset, date,"
                " revision) DO UPDATE SET {5}) SELECT count(*) FROM gone",
                tables.daily,
                tables.subject,
                tables.metric_list("{0}"),
                revision_of("gone.date"),
                tables.metric_list("{0}::numeric"),
                added_totals),
            Parameters().text(tables.dataset.name()).text(subject)));
    return rows.integer(0, 0);
}

// Those of a gauge, whose levels do not add up.
Result<std::int64_t> erase_level_rows(Connection& connection,
                                      const DatasetTables& tables,
                                      std::string_view subject) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows gone,
        connection.query(fmt::format("DELETE FROM {} WHERE {} = $1", tables.daily, tables.subject),
                         Parameters().text(subject)));
    return gone.changed();
}

Result<void> erase_in_transaction(Connection& connection,
                                  const DatasetTables& tables,
                                  std::string_view subject,
                                  Erasure& erasure) {
    const bool gauge = tables.dataset.kind() == DatasetKind::gauge;
    TIDEMARK_ASSIGN_OR_RETURN(const ErasedCounts erased,
                              gauge ? erase_batch_events(connection, tables, subject)
                                    : erase_batch_rows(connection, tables, subject));
    erasure.batch_count = erased.batches;
    erasure.batch_row_count = erased.rows;
    TIDEMARK_ASSIGN_OR_RETURN(erasure.daily_row_count,
                              gauge ? erase_level_rows(connection, tables, subject)
                                    : erase_daily_rows(connection, tables, subject));
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows samples,
        connection.query(
            "DELETE FROM rejected_sample WHERE dataset = $1 AND position($2 IN content) > 0",
            Parameters().text(tables.dataset.name()).bytes(subject)));
    erasure.rejected_sample_count = samples.changed();
    TIDEMARK_RETURN_IF_ERROR(erase_threshold_events(connection, tables.dataset.name(), subject));
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows recorded,
        connection.query("INSERT INTO erasure (dataset, subject_digest, reason, made_by,"
                         " batch_count, batch_row_count, daily_row_count, rejected_sample_count)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                         " RETURNING (extract(epoch FROM erased_at) * 1000000)::bigint",
                         Parameters()
                             .text(erasure.dataset)
                             .text(erasure.subject_digest)
                             .text(erasure.note.reason)
                             .text(erasure.note.by)
                             .integer(erasure.batch_count)
                             .integer(erasure.batch_row_count)
                             .integer(erasure.daily_row_count)
                             .integer(erasure.rejected_sample_count)));
    erasure.erased_at = instant_at(recorded, 0, 0);
    return {};
}

}  // namespace

Result<Erasure> erase_subject(Session& session,
                              const DatasetTables& tables,
                              std::string_view subject,
                              const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_erasure(subject, note));
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    Transaction transaction(*connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin("BEGIN ISOLATION LEVEL READ COMMITTED"));
    TIDEMARK_RETURN_IF_ERROR(connection->execute_script(
        fmt::format("SET LOCAL lock_timeout = '{}ms'", session.options().purge_wait.count())));
    TIDEMARK_RETURN_IF_ERROR(keep_writers_out(*connection, tables));
    Erasure erasure{.dataset = tables.dataset.name(),
                    .subject_digest = digest_of_subject(subject),
                    .note = note};
    TIDEMARK_RETURN_IF_ERROR(erase_in_transaction(*connection, tables, subject, erasure));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return erasure;
}

Result<std::vector<Erasure>> load_erasures(Connection& connection, std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT subject_digest, reason, made_by, batch_count, batch_row_count,"
                         " daily_row_count, rejected_sample_count,"
                         " (extract(epoch FROM erased_at) * 1000000)::bigint FROM erasure"
                         " WHERE dataset = $1 ORDER BY id",
                         Parameters().text(dataset)));
    std::vector<Erasure> erasures;
    for (int row = 0; row < rows.size(); ++row) {
        erasures.push_back({.dataset = std::string(dataset),
                            .subject_digest = std::string(rows.text(row, 0)),
                            .note = {.reason = std::string(rows.text(row, 1)),
                                     .by = std::string(rows.text(row, 2))},
                            .batch_count = rows.integer(row, 3),
                            .batch_row_count = rows.integer(row, 4),
                            .daily_row_count = rows.integer(row, 5),
                            .rejected_sample_count = rows.integer(row, 6),
                            .erased_at = instant_at(rows, row, 7)});
    }
    return erasures;
}

Result<ErasedRows> load_erased_rows(Connection& connection,
                                    const Dataset& dataset,
                                    std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT row_count, totals FROM erased_batch WHERE dataset = $1"
                         " AND batch_seq = $2",
                         Parameters().text(dataset.name()).integer(batch_seq)));
    ErasedRows erased{.totals = std::vector<Total>(dataset.metrics().size())};
    for (int row = 0; row < rows.size(); ++row) {
        erased.row_count += rows.integer(row, 0);
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Total> totals, parse_totals(rows.text(row, 1)));
        for (std::size_t metric = 0; metric < erased.totals.size(); ++metric) {
            erased.totals[metric] += totals.at(metric);
        }
    }
    return erased;
}

}  // namespace tidemark::postgres
