#include "store/sqlite/voiding.h"

#include <string>

#include <fmt/format.h>

#include "store/correction_checks.h"
#include "store/refusals.h"
#include "store/sqlite/adjusting.h"
#include "store/sqlite/erasing.h"
#include "store/sqlite/gauge_void.h"
#include "store/sqlite/registry.h"
#include "store/sqlite/seals.h"
#include "store/void_receipt.h"

namespace tidemark::sqlite {

namespace {

// Inserts the voided batch's rows with their signs turned.
Result<void> insert_negated(Connection& connection,
                            const DatasetRow& row,
                            const BatchReceipt& voided,
                            const BatchReceipt& receipt) {
    const DatasetTables tables(row.dataset);
    TIDEMARK_RETURN_IF_ERROR(
        connection.run(fmt::format("INSERT INTO {0} (batch_seq, date, {1}, slot, {2}) "
                                   "SELECT ?1, date, {1}, slot, {3} FROM {0} WHERE batch_seq = ?2",
                                   tables.batch(),
                                   tables.subject(),
                                   tables.each_metric("{}"),
                                   tables.each_metric("-{}")),
                       receipt.batch_seq,
                       voided.batch_seq));
    if (connection.changed_count() != receipt.row_count) {
        return Error{ErrorKind::corrupt,
                     fmt::format("dataset '{}': batch {} has {} rows where its receipt leaves {}: "
                                 "nothing was voided",
                                 row.dataset.name(),
                                 voided.batch_seq,
                                 connection.changed_count(),
                                 receipt.row_count)};
    }
    return {};
}

// The days of which a batch has rows, as they are there.
Result<std::vector<UtcDay>> days_of_rows(Connection& connection,
                                         const DatasetRow& row,
                                         std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement dates,
        connection.prepare(fmt::format("SELECT DISTINCT date FROM {} WHERE batch_seq = ?1 ORDER BY "
                                       "date",
                                       DatasetTables(row.dataset).batch())));
    dates.bind(batch_seq);
    std::vector<UtcDay> days;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, dates.step());
        if (!found) {
            return days;
        }
        days.push_back(UtcDay::from_days_since_epoch(static_cast<std::int32_t>(dates.integer(0))));
    }
}

Result<void> check_voidable(Connection& connection,
                            const DatasetRow& row,
                            const BatchReceipt& voided) {
    TIDEMARK_ASSIGN_OR_RETURN(const auto voiding,
                              find_voiding(connection, row.id, voided.batch_seq));
    if (voiding.has_value()) {
        return voided_before(row.dataset.name(), voided.batch_seq, *voiding);
    }
    for (const UtcDay day : voided.days) {
        TIDEMARK_RETURN_IF_ERROR(check_not_purged(connection, row, day));
        TIDEMARK_RETURN_IF_ERROR(check_not_frozen(connection, row, day));
    }
    return {};
}

// ?1 the day, ?2 the voiding batch, ?3 the dataset, ?4 its cursor: a subject of the batch whose
// usage of the day is below zero in any metric. sum() fails where a sum of int64 values needs more
// bits, so the high and the low 32 bits are summed apart; the sum is below zero exactly when the
// high halves with what the low ones carry over are.
std::string below_zero_sql(const DatasetRow& row) {
    const DatasetTables tables(row.dataset);
    const std::string ahead =
        row.partial ? fmt::format(
                          " AND batch_seq > coalesce((SELECT d.folded_through FROM {0} d "
                          "WHERE d.date = ?1 AND d.{1} = b.{1}), 0)",
                          tables.daily(),
                          tables.subject())
                    : std::string();
    std::string condition;
    for (const std::string& metric : row.dataset.metrics()) {
        condition += fmt::format("{0}sum(\"{1}\" >> 32) + (sum(\"{1}\" & 4294967295) >> 32) < 0",
                                 condition.empty() ? "" : " OR ",
                                 metric);
    }
    return fmt::format(
        "SELECT {0} FROM (SELECT {0}, {1} FROM {2} WHERE date = ?1 UNION ALL "
        "SELECT {0}, {1} FROM {3} b WHERE date = ?1 AND batch_seq IN (SELECT p.batch_seq "
        "FROM batch_day p WHERE p.dataset_id = ?3 AND p.date = ?1 AND p.batch_seq > ?4){4}) "
        "WHERE {0} IN (SELECT {0} FROM {3} WHERE batch_seq = ?2 AND date = ?1) "
        "GROUP BY {0} HAVING {5} LIMIT 1",
        tables.subject(),
        tables.each_metric("{}"),
        tables.daily(),
        tables.batch(),
        ahead,
        condition);
}

// Once the negated rows and the receipt are there.
Result<void> check_not_below_zero(Connection& connection,
                                  const DatasetRow& row,
                                  const BatchReceipt& voiding) {
    TIDEMARK_ASSIGN_OR_RETURN(Statement statement, connection.prepare(below_zero_sql(row)));
    for (const UtcDay day : voiding.days) {
        statement.reset();
        statement.bind(
            std::int64_t{day.days_since_epoch()}, voiding.batch_seq, row.id, row.folded_through);
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (found) {
            return below_zero(row.dataset.name(), *voiding.voids, statement.text(0), day);
        }
    }
    return {};
}

}  // namespace

Result<BatchReceipt> insert_void(Connection& connection,
                                 const Clock& clock,
                                 const DatasetRow& row,
                                 const BatchReceipt& voided,
                                 const BatchIdentity& identity) {
    TIDEMARK_RETURN_IF_ERROR(check_voidable(connection, row, voided));
    TIDEMARK_ASSIGN_OR_RETURN(const ErasedRows erased,
                              load_erased_rows(connection, row, voided.batch_seq));
    BatchReceipt receipt = receipt_of_void(voided, erased, identity);
    if (erased.row_count > 0 && row.dataset.kind() == DatasetKind::counter) {
        TIDEMARK_ASSIGN_OR_RETURN(receipt.days, days_of_rows(connection, row, voided.batch_seq));
    }
    TIDEMARK_ASSIGN_OR_RETURN(receipt.batch_seq, take_batch_seq(connection, row.id));
    receipt.committed_at = clock.now();
    TIDEMARK_RETURN_IF_ERROR(insert_receipt(connection, row.id, receipt));
    if (row.dataset.kind() == DatasetKind::gauge) {
        TIDEMARK_RETURN_IF_ERROR(recount_voided(connection, row, voided));
    } else {
        TIDEMARK_RETURN_IF_ERROR(insert_negated(connection, row, voided, receipt));
        TIDEMARK_RETURN_IF_ERROR(check_not_below_zero(connection, row, receipt));
        TIDEMARK_ASSIGN_OR_RETURN(receipt.adjusted,
                                  negate_adjustments(connection, row, voided, receipt.batch_seq));
    }
    return receipt;
}

}  // namespace tidemark::sqlite
