#include "store/sqlite/erasing.h"

#include <chrono>
#include <map>
#include <string>

#include <fmt/format.h>

#include "store/refusals.h"
#include "store/sqlite/gauge_erasing.h"
#include "store/sqlite/registry.h"
#include "store/sqlite/total_list.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

using RowsByBatch = std::map<std::int64_t, ErasedRows>;

// Takes the subject's events out of a gauge.
Result<RowsByBatch> take_events(Connection& connection,
                                const DatasetRow& row,
                                std::string_view subject) {
    TIDEMARK_ASSIGN_OR_RETURN(const ErasedEvents erased, erase_events(connection, row, subject));
    return erased.by_batch();
}

// Takes the subject's rows out of the batches of a counter.
Result<RowsByBatch> take_rows(Connection& connection,
                              const DatasetRow& row,
                              std::string_view subject) {
    const DatasetTables tables(row.dataset);
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare(fmt::format("SELECT batch_seq, {} FROM {} WHERE {} = ?1",
                                       tables.each_metric("{}"),
                                       tables.batch(),
                                       tables.subject())));
    rows.bind(subject);
    RowsByBatch sums;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            break;
        }
        ErasedRows& sum = sums[rows.integer(0)];
        sum.totals.resize(row.dataset.metrics().size());
        ++sum.row_count;
        for (std::size_t metric = 0; metric < sum.totals.size(); ++metric) {
            sum.totals[metric] += rows.integer(static_cast<int>(metric) + 1);
        }
    }
    rows.reset();
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        fmt::format("DELETE FROM {} WHERE {} = ?1", tables.batch(), tables.subject()), subject));
    return sums;
}

Result<void> record_batch(Connection& connection,
                          const DatasetRow& row,
                          std::int64_t batch_seq,
                          const ErasedRows& added) {
    TIDEMARK_ASSIGN_OR_RETURN(ErasedRows sum, load_erased_rows(connection, row, batch_seq));
    sum.row_count += added.row_count;
    for (std::size_t metric = 0; metric < sum.totals.size(); ++metric) {
        sum.totals[metric] += added.totals[metric];
    }
    const std::string totals = join_totals(sum.totals);
    return connection.run(
        "INSERT INTO erased_batch (dataset_id, batch_seq, row_count, totals) VALUES (?1, ?2, ?3, "
        "?4) ON CONFLICT (dataset_id, batch_seq) DO UPDATE SET row_count = excluded.row_count, "
        "totals = excluded.totals",
        row.id,
        batch_seq,
        sum.row_count,
        totals);
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
    const bool gauge = row.dataset.kind() == DatasetKind::gauge;
    TIDEMARK_ASSIGN_OR_RETURN(
        const RowsByBatch sums,
        gauge ? take_events(connection, row, subject) : take_rows(connection, row, subject));
    for (const auto& [batch_seq, sum] : sums) {
        TIDEMARK_RETURN_IF_ERROR(record_batch(connection, row, batch_seq, sum));
        ++erasure.batch_count;
        erasure.batch_row_count += sum.row_count;
    }
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
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
    ErasedRows erased;
    if (found) {
        erased.row_count = statement.integer(0);
        TIDEMARK_ASSIGN_OR_RETURN(erased.totals, split_totals(statement.text(1)));
    }
    erased.totals.resize(row.dataset.metrics().size());
    return erased;
}

}  // namespace tidemark::sqlite
