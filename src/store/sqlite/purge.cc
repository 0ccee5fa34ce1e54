#include "store/sqlite/purge.h"

#include <optional>

#include <fmt/format.h>

#include "store/refusals.h"
#include "store/sqlite/dataset_tables.h"
#include "store/sqlite/registry.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

Result<bool> mark_purged(Connection& connection, const DatasetRow& row, UtcDay day) {
    const std::int64_t date = day.days_since_epoch();
    // A gauge has nothing to fold.
    if (row.dataset.kind() == DatasetKind::counter) {
        TIDEMARK_ASSIGN_OR_RETURN(
            const std::int64_t unfolded,
            connection.integer("SELECT min(batch_seq) FROM batch_day WHERE dataset_id = ?1 AND "
                               "date = ?2 AND batch_seq > ?3",
                               0,
                               row.id,
                               date,
                               row.folded_through));
        if (unfolded != 0) {
            return day_not_folded(row.dataset.name(), day, unfolded);
        }
    }
    TIDEMARK_RETURN_IF_ERROR(
        connection.run("INSERT INTO purged_day (dataset_id, date, swept) VALUES (?1, ?2, 0) "
                       "ON CONFLICT (dataset_id, date) DO NOTHING",
                       row.id,
                       date));
    return connection.changed_count() == 1;
}

// A batch whose rows of the day are still there; those of the day were folded when it was marked.
Result<std::optional<std::int64_t>> find_unswept_batch(Connection& connection,
                                                       const DatasetRow& row,
                                                       std::int64_t date) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t batch_seq,
        connection.integer(
            fmt::format("SELECT min(p.batch_seq) FROM batch_day p WHERE p.dataset_id = ?1 AND "
                        "p.date = ?2 AND EXISTS (SELECT 1 FROM {} b WHERE "
                        "b.batch_seq = p.batch_seq AND b.date = p.date)",
                        DatasetTables(row.dataset).batch()),
            0,
            row.id,
            date));
    return batch_seq == 0 ? std::nullopt : std::optional(batch_seq);
}

// So many rows go in one transaction: a writer waits milliseconds, and the file's log stays small.
constexpr std::int64_t swept_rows_max = 10'000;

// The first rows by the key's order, which is the order on the disk.
Result<void> sweep_rows(Connection& connection,
                        const DatasetRow& row,
                        std::int64_t batch_seq,
                        std::int64_t date) {
    const DatasetTables tables(row.dataset);
    const bool gauge = row.dataset.kind() == DatasetKind::gauge;
    return connection.run(
        fmt::format("DELETE FROM {0} WHERE batch_seq = ?1 AND date = ?2 AND ({1}) IN (SELECT {1} "
                    "FROM {0} WHERE batch_seq = ?1 AND date = ?2 ORDER BY {1} LIMIT ?3)",
                    tables.batch(),
                    tables.subject() + (gauge ? ", metric, observed_at, value" : ", slot")),
        batch_seq,
        date,
        swept_rows_max);
}

// Sweeps rows of one batch of one marked day; false when there is nothing left to sweep.
Result<bool> sweep_one(Connection& connection, const DatasetRow& row) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement unswept,
        connection.prepare("SELECT date FROM purged_day WHERE dataset_id = ?1 AND swept = 0"));
    unswept.bind(row.id);
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, unswept.step());
    if (!found) {
        return false;
    }
    const std::int64_t date = unswept.integer(0);
    unswept.reset();
    TIDEMARK_ASSIGN_OR_RETURN(const auto batch_seq, find_unswept_batch(connection, row, date));
    if (batch_seq.has_value()) {
        TIDEMARK_RETURN_IF_ERROR(sweep_rows(connection, row, *batch_seq, date));
    } else {
        if (row.dataset.kind() == DatasetKind::gauge) {
            TIDEMARK_RETURN_IF_ERROR(connection.run(
                fmt::format("DELETE FROM {} WHERE date = ?1", DatasetTables(row.dataset).repeat()),
                date));
        }
        TIDEMARK_RETURN_IF_ERROR(connection.run(
            "UPDATE purged_day SET swept = 1 WHERE dataset_id = ?1 AND date = ?2", row.id, date));
    }
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return true;
}

}  // namespace

Result<bool> purge_day(Connection& connection, std::string_view dataset, UtcDay day) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_known(connection, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(const bool newly_marked, mark_purged(connection, row, day));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool swept, sweep_one(connection, row));
        if (!swept) {
            return newly_marked;
        }
    }
}

}  // namespace tidemark::sqlite
