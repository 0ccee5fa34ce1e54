#include "store/postgres/voiding.h"

#include <fmt/format.h>

#include "store/correction_checks.h"
#include "store/postgres/adjusting.h"
#include "store/postgres/erasing.h"
#include "store/refusals.h"
#include "store/void_receipt.h"

namespace tidemark::postgres {

namespace {

BatchEntry entry_of_void(const BatchReceipt& voided,
                         const RetainedRows& retained,
                         const BatchIdentity& identity) {
    BatchEntry entry;
    entry.receipt = receipt_of_void(voided, retained.erased, identity);
    entry.receipt.days = retained.days;
    entry.receipt.adjusted = retained.adjusted;
    return entry;
}

// The lock, which a purge has to wait for, comes before the look at what is purged: otherwise the
// rows could go between the look and their copying, and half a batch would be taken back.
tl::expected<std::int64_t, SqlError> negate_rows(Connection& connection,
                                                 const DatasetTables& tables,
                                                 const BatchReceipt& voided,
                                                 std::int64_t batch_seq) {
    const auto failed = [](Error error) {
        return tl::unexpected(SqlError{std::move(error), {}, {}});
    };
    const Result<void> locked = connection.execute_script(
        fmt::format("LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE", tables.batch));
    if (!locked.has_value()) {
        return failed(locked.error());
    }
    const Result<void> there = require_not_purged(connection, tables, voided.days);
    if (!there.has_value()) {
        return failed(there.error());
    }
    const tl::expected<Rows, SqlError> negated = connection.run(
        fmt::format("INSERT INTO {0} (batch_seq, {1}, date, slot, {2})"
                    " SELECT $1, {1}, date, slot, {3} FROM {0}"
                    " WHERE batch_seq = $2 AND date = ANY($3) ORDER BY date, {1}, slot",
                    tables.batch,
                    tables.subject,
                    tables.metric_list("{0}"),
                    tables.metric_list("-{0}")),
        Parameters().integer(batch_seq).integer(voided.batch_seq).days(voided.days));
    if (!negated.has_value()) {
        return tl::unexpected(negated.error());
    }
    return negated->changed();
}

// The batch table's rows above the cursor and above their daily row's bound, and the daily rows,
// both of one snapshot. The rows of this transaction are among them; rows of a batch that is not
// committed are nobody else's to see.
Result<void> check_not_below_zero(Connection& connection,
                                  const DatasetTables& tables,
                                  const BatchReceipt& voided) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            fmt::format(
                "SELECT u.date - DATE '1970-01-01', u.{0} FROM (SELECT d.date, d.{0}, {1}"
                " FROM {2} d WHERE d.date = ANY($3) UNION ALL SELECT b.date, b.{0}, {3} FROM {4} b"
                " LEFT JOIN {2} d ON d.date = b.date AND d.{0} = b.{0} WHERE b.date = ANY($3)"
                " AND b.batch_seq > (SELECT folded_through FROM dataset_fold WHERE dataset = $1)"
                " AND b.batch_seq > coalesce(d.folded_through, 0)) u"
                " WHERE (u.date, u.{0}) IN (SELECT v.date, v.{0} FROM {4} v"
                " WHERE v.batch_seq = $2 AND v.date = ANY($3))"
                " GROUP BY 1, 2 HAVING least({5}) < 0 ORDER BY 1, 2 LIMIT 1",
                tables.subject,
                tables.metric_list("d.{0}"),
                tables.daily,
                tables.metric_list("b.{0}"),
                tables.batch,
                tables.metric_list("sum(u.{0})")),
            Parameters().text(tables.dataset.name()).integer(voided.batch_seq).days(voided.days)));
    if (rows.empty()) {
        return {};
    }
    const auto since_epoch = static_cast<std::int32_t>(rows.integer(0, 0));
    return below_zero(tables.dataset.name(),
                      voided.batch_seq,
                      rows.text(0, 1),
                      UtcDay::from_days_since_epoch(since_epoch));
}

}  // namespace

// What was erased comes first: whatever is erased after that is missed when the rows are counted,
// and the void is not committed.
Result<RetainedRows> find_retained(Connection& connection,
                                   const DatasetTables& tables,
                                   const BatchReceipt& voided) {
    RetainedRows retained;
    retained.days = voided.days;
    TIDEMARK_ASSIGN_OR_RETURN(retained.adjusted, find_adjusted_to_void(connection, voided));
    TIDEMARK_ASSIGN_OR_RETURN(retained.erased,
                              load_erased_rows(connection, tables.dataset, voided.batch_seq));
    if (retained.erased.row_count == 0 || tables.dataset.kind() == DatasetKind::gauge) {
        return retained;
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(fmt::format("SELECT DISTINCT date - DATE '1970-01-01' FROM {}"
                                     " WHERE batch_seq = $1 AND date = ANY($2) ORDER BY 1",
                                     tables.batch),
                         Parameters().integer(voided.batch_seq).days(voided.days)));
    retained.days.clear();
    for (int row = 0; row < rows.size(); ++row) {
        retained.days.push_back(
            UtcDay::from_days_since_epoch(static_cast<std::int32_t>(rows.integer(row, 0))));
    }
    return retained;
}

KeyedBatch voiding_batch(const DatasetTables& tables,
                         const BatchReceipt& voided,
                         const RetainedRows& retained,
                         const BatchIdentity& identity) {
    return {.entry = entry_of_void(voided, retained, identity),
            .write_rows = [&tables, &voided, erased_count = retained.erased.row_count](
                              Connection& connection,
                              std::int64_t batch_seq) -> tl::expected<std::int64_t, SqlError> {
                auto written = negate_rows(connection, tables, voided, batch_seq);
                if (written.has_value() && *written < voided.row_count - erased_count) {
                    const Result<ErasedRows> now =
                        load_erased_rows(connection, tables.dataset, voided.batch_seq);
                    if (now.has_value() && now->row_count > erased_count) {
                        return tl::unexpected(SqlError{
                            erased_meanwhile(tables.dataset.name(), voided.batch_seq), {}, {}});
                    }
                }
                const Result<void> left = written.has_value()
                                              ? check_not_below_zero(connection, tables, voided)
                                              : Result<void>();
                const Result<void> linked =
                    left.has_value() ? negate_adjustments(connection, voided, batch_seq) : left;
                if (!linked.has_value()) {
                    return tl::unexpected(SqlError{linked.error(), {}, {}});
                }
                return written;
            }};
}

}  // namespace tidemark::postgres
