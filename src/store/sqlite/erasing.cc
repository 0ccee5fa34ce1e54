#include "store/sqlite/erasing.h"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "store/refusals.h"
#include "store/sqlite/gauge_erasing.h"
#include "store/sqlite/registry.h"
#include "store/sqlite/thresholds.h"
#include "store/sqlite/total_list.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

UtcDay day_of(std::int64_t date) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(date));
}

void add_to(std::vector<Total>& totals, const std::vector<Total>& added) {
    totals.resize(added.size());
    for (std::size_t metric = 0; metric < added.size(); ++metric) {
        totals[metric] += added[metric];
    }
}

std::vector<Total> totals_at(const Statement& row, int first, std::size_t metric_count) {
    std::vector<Total> totals;
    for (std::size_t metric = 0; metric < metric_count; ++metric) {
        totals.emplace_back(row.integer(first + static_cast<int>(metric)));
    }
    return totals;
}

// Takes the subject's events out of a gauge.
Result<ErasedByBatch> take_events(Connection& connection,
                                  const DatasetRow& row,
                                  std::string_view subject) {
    TIDEMARK_ASSIGN_OR_RETURN(const ErasedEvents erased, erase_events(connection, row, subject));
    return erased.by_batch();
}

// Takes the subject's rows out of the batches of a counter. A purge may have left rows of a day,
// which are nobody's, and go uncounted.
Result<ErasedByBatch> take_rows(Connection& connection,
                                const DatasetRow& row,
                                std::string_view subject) {
    const DatasetTables tables(row.dataset);
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare(
            fmt::format("SELECT batch_seq, date, {} FROM {} WHERE {} = ?1 AND date NOT IN "
                        "(SELECT date FROM purged_day WHERE dataset_id = ?2)",
                        tables.each_metric("{}"),
                        tables.batch(),
                        tables.subject())));
    rows.bind(subject, row.id);
    ErasedByBatch sums;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            break;
        }
        ErasedRows& sum = sums[{rows.integer(0), day_of(rows.integer(1))}];
        ++sum.row_count;
        add_to(sum.totals, totals_at(rows, 2, row.dataset.metrics().size()));
    }
    rows.reset();
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        fmt::format("DELETE FROM {} WHERE {} = ?1", tables.batch(), tables.subject()), subject));
    return sums;
}

// What the subject has in the daily rows of purged days, by day.
Result<std::map<std::int64_t, std::vector<Total>>> sum_purged_days(Connection& connection,
                                                                   const DatasetRow& row,
                                                                   std::string_view subject) {
    const DatasetTables tables(row.dataset);
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare(fmt::format("SELECT date, {} FROM {} WHERE {} = ?1 AND date IN "
                                       "(SELECT date FROM purged_day WHERE dataset_id = ?2)",
                                       tables.each_metric("{}"),
                                       tables.daily(),
                                       tables.subject())));
    rows.bind(subject, row.id);
    std::map<std::int64_t, std::vector<Total>> sums;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return sums;
        }
        sums[rows.integer(0)] = totals_at(rows, 1, row.dataset.metrics().size());
    }
}

// The revision of the day's seal; 0: there is none.
Result<std::int64_t> revision_of(Connection& connection, const DatasetRow& row, std::int64_t date) {
    return connection.integer(
        "SELECT revision FROM sealed_day WHERE dataset_id = ?1 AND date = ?2", 0, row.id, date);
}

Result<void> record_batch(Connection& connection,
                          const DatasetRow& row,
                          std::int64_t batch_seq,
                          std::int64_t date,
                          ErasedRows sum) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t revision, revision_of(connection, row, date));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement before,
        connection.prepare("SELECT row_count, totals FROM erased_batch WHERE dataset_id = ?1 AND "
                           "batch_seq = ?2 AND date = ?3 AND revision = ?4"));
    before.bind(row.id, batch_seq, date, revision);
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, before.step());
    if (found) {
        sum.row_count += before.integer(0);
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Total> totals, split_totals(before.text(1)));
        add_to(sum.totals, totals);
    }
    before.reset();
    const std::string totals = join_totals(sum.totals);
    return connection.run(
        "INSERT OR REPLACE INTO erased_batch (dataset_id, batch_seq, date, revision, row_count, "
        "totals) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        row.id,
        batch_seq,
        date,
        revision,
        sum.row_count,
        totals);
}

Result<void> record_day(Connection& connection,
                        const DatasetRow& row,
                        std::int64_t date,
                        std::vector<Total> sum) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t revision, revision_of(connection, row, date));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement before,
        connection.prepare("SELECT totals FROM erased_day WHERE dataset_id = ?1 AND date = ?2 AND "
                           "revision = ?3"));
    before.bind(row.id, date, revision);
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, before.step());
    if (found) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Total> totals, split_totals(before.text(0)));
        add_to(sum, totals);
    }
    before.reset();
    const std::string totals = join_totals(sum);
    return connection.run(
        "INSERT OR REPLACE INTO erased_day (dataset_id, date, revision, totals) "
        "VALUES (?1, ?2, ?3, ?4)",
        row.id,
        date,
        revision,
        totals);
}

// Takes the subject's rows or events, records what they were, and counts them. The daily rows are
// still there.
Result<void> take_and_record(Connection& connection,
                             const DatasetRow& row,
                             std::string_view subject,
                             Erasure& erasure) {
    const bool gauge = row.dataset.kind() == DatasetKind::gauge;
    TIDEMARK_ASSIGN_OR_RETURN(
        const ErasedByBatch batches,
        gauge ? take_events(connection, row, subject) : take_rows(connection, row, subject));
    std::set<std::int64_t> batch_seqs;
    for (const auto& [place, sum] : batches) {
        batch_seqs.insert(place.first);
        erasure.batch_row_count += sum.row_count;
        TIDEMARK_RETURN_IF_ERROR(record_batch(
            connection, row, place.first, std::int64_t{place.second.days_since_epoch()}, sum));
    }
    erasure.batch_count = std::ssize(batch_seqs);
    if (gauge) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const auto days, sum_purged_days(connection, row, subject));
    for (const auto& [date, sum] : days) {
        TIDEMARK_RETURN_IF_ERROR(record_day(connection, row, date, sum));
    }
    return {};
}

Result<void> record(Connection& connection, const DatasetRow& row, const Erasure& erasure) {
    return connection.run(
        "INSERT INTO erasure (dataset_id, subject_digest, reason, made_by, batch_count, "
        "batch_row_count, daily_row_count, rejected_sample_count, erased_at_us) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        row.id,
        erasure.subject_digest,
        erasure.note.reason,
        erasure.note.by,
        erasure.batch_count,
        erasure.batch_row_count,
        erasure.daily_row_count,
        erasure.rejected_sample_count,
        std::int64_t{erasure.erased_at.time_since_epoch().count()});
}

// Deletes by the subject, bound as ?1; gives the rows deleted.
template <typename... Values>
Result<std::int64_t> delete_rows(Connection& connection,
                                 const std::string& sql,
                                 const Values&... values) {
    TIDEMARK_RETURN_IF_ERROR(connection.run(sql, values...));
    return connection.changed_count();
}

}  // namespace

Result<Erasure> erase_subject(Connection& connection,
                              Timestamp now,
                              std::string_view dataset,
                              std::string_view subject,
                              const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_erasure(subject, note));
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_known(connection, dataset));
    const DatasetTables tables(row.dataset);
    Erasure erasure{.dataset = std::string(dataset),
                    .subject_digest = digest_of_subject(subject),
                    .note = note,
                    .erased_at = now};
    TIDEMARK_RETURN_IF_ERROR(take_and_record(connection, row, subject, erasure));
    TIDEMARK_ASSIGN_OR_RETURN(
        erasure.daily_row_count,
        delete_rows(connection,
                    fmt::format("DELETE FROM {} WHERE {} = ?1", tables.daily(), tables.subject()),
                    subject));
    TIDEMARK_ASSIGN_OR_RETURN(
        erasure.rejected_sample_count,
        delete_rows(connection,
                    "DELETE FROM rejected_sample WHERE dataset_id = ?2 AND instr(text, ?1) > 0",
                    subject,
                    row.id));
    TIDEMARK_RETURN_IF_ERROR(erase_threshold_events(connection, dataset, subject));
    TIDEMARK_RETURN_IF_ERROR(record(connection, row, erasure));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return erasure;
}

Result<std::vector<Erasure>> load_erasures(Connection& connection, std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_known(connection, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare("SELECT subject_digest, reason, made_by, batch_count, batch_row_count, "
                           "daily_row_count, rejected_sample_count, erased_at_us FROM erasure "
                           "WHERE dataset_id = ?1 ORDER BY erasure_id"));
    rows.bind(row.id);
    std::vector<Erasure> erasures;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            break;
        }
        erasures.push_back(
            {.dataset = std::string(dataset),
             .subject_digest = std::string(rows.text(0)),
             .note = {.reason = std::string(rows.text(1)), .by = std::string(rows.text(2))},
             .batch_count = rows.integer(3),
             .batch_row_count = rows.integer(4),
             .daily_row_count = rows.integer(5),
             .rejected_sample_count = rows.integer(6),
             .erased_at = Timestamp(std::chrono::microseconds(rows.integer(7)))});
    }
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return erasures;
}

Result<ErasedRows> load_erased_rows(Connection& connection,
                                    const DatasetRow& row,
                                    std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare("SELECT row_count, totals FROM erased_batch WHERE dataset_id = ?1 AND "
                           "batch_seq = ?2"));
    statement.bind(row.id, batch_seq);
    ErasedRows erased{.totals = std::vector<Total>(row.dataset.metrics().size())};
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return erased;
        }
        erased.row_count += statement.integer(0);
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Total> totals, split_totals(statement.text(1)));
        add_to(erased.totals, totals);
    }
}

}  // namespace tidemark::sqlite
