#include "store/sqlite/batch_writer.h"

#include <utility>

#include <fmt/format.h>

#include "store/refusals.h"
#include "store/sqlite/adjusting.h"
#include "store/sqlite/dataset_tables.h"
#include "store/sqlite/registry.h"
#include "store/sqlite/seals.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

std::string insert_sql(const Dataset& dataset) {
    const DatasetTables tables(dataset);
    std::string places;
    for (std::size_t place = 1; place <= dataset.metrics().size(); ++place) {
        places += fmt::format(", ?{}", place + 4);
    }
    return fmt::format("INSERT INTO {} (batch_seq, date, {}, slot, {}) VALUES (?1, ?2, ?3, ?4{})",
                       tables.batch(),
                       tables.subject(),
                       tables.each_metric("{}"),
                       places);
}

Error row_not_inserted(const Connection& connection, const UsageRow& row, Error error) {
    if (connection.failed_on_key()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("'{}' has two rows in slot {}: add them up first",
                                 row.subject,
                                 row.slot.to_string())};
    }
    return error;
}

// Inserts the rows and notes in the receipt what they were.
Result<void> insert_rows(Connection& connection,
                         const DatasetRow& row,
                         RowSource& rows,
                         BatchReceipt& receipt) {
    TIDEMARK_ASSIGN_OR_RETURN(Statement insert, connection.prepare(insert_sql(row.dataset)));
    const std::size_t metric_count = row.dataset.metrics().size();
    receipt.totals.resize(metric_count);
    insert.bind_at(1, receipt.batch_seq);
    rows.rewind();
    while (const UsageRow* usage = rows.next()) {
        TIDEMARK_RETURN_IF_ERROR(check_row(row.dataset, *usage));
        const UtcDay day = usage->slot.day();
        if (receipt.days.empty() || receipt.days.back() != day) {
            TIDEMARK_RETURN_IF_ERROR(check_not_purged(connection, row, day));
            TIDEMARK_RETURN_IF_ERROR(check_not_frozen(connection, row, day));
            receipt.days.push_back(day);
            insert.bind_at(2, std::int64_t{day.days_since_epoch()});
        }
        insert.bind_at(3, usage->subject);
        insert.bind_at(4, std::int64_t{usage->slot.index_in_day()});
        for (std::size_t metric = 0; metric < metric_count; ++metric) {
            insert.bind_at(static_cast<int>(metric) + 5, usage->values[metric]);
            receipt.totals[metric] += usage->values[metric];
        }
        Result<void> inserted = insert.run();
        if (!inserted.has_value()) {
            return row_not_inserted(connection, *usage, std::move(inserted).error());
        }
        ++receipt.row_count;
    }
    return {};
}

}  // namespace

Result<StoredBatch> store_batch(Connection& connection,
                                const Clock& clock,
                                const Batch& batch,
                                RowSource& rows) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row,
                              find_counter(connection, batch.identity.dataset));
    TIDEMARK_RETURN_IF_ERROR(check_metric_count(row.dataset, rows));
    TIDEMARK_ASSIGN_OR_RETURN(std::optional<BatchReceipt> known,
                              find_receipt(connection, batch.identity.feed, batch.identity.key));
    if (known.has_value()) {
        return answer_known_batch(std::move(*known), batch.identity);
    }
    TIDEMARK_ASSIGN_OR_RETURN(BatchReceipt receipt,
                              insert_batch(connection, clock, row, batch, rows));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return StoredBatch{.receipt = std::move(receipt)};
}

Result<BatchReceipt> insert_batch(Connection& connection,
                                  const Clock& clock,
                                  const DatasetRow& row,
                                  const Batch& batch,
                                  RowSource& rows) {
    BatchReceipt receipt;
    receipt.identity = batch.identity;
    receipt.source = batch.source;
    receipt.counts = batch.counts;
    receipt.day_grained = batch.day_grained;
    TIDEMARK_ASSIGN_OR_RETURN(receipt.batch_seq, take_batch_seq(connection, row.id));
    TIDEMARK_ASSIGN_OR_RETURN(std::set<UtcDay> adjusted_days, load_adjusted_days(connection, row));
    if (adjusted_days.empty()) {
        TIDEMARK_RETURN_IF_ERROR(insert_rows(connection, row, rows, receipt));
    } else {
        TIDEMARK_ASSIGN_OR_RETURN(
            BookedRows booked,
            BookedRows::book(
                rows, std::move(adjusted_days), arrival_slot(clock.now(), batch.day_grained)));
        TIDEMARK_RETURN_IF_ERROR(insert_rows(connection, row, booked, receipt));
        TIDEMARK_RETURN_IF_ERROR(insert_adjustments(connection, row, receipt.batch_seq, booked));
        receipt.adjusted = booked.adjusted();
    }
    receipt.committed_at = clock.now();
    TIDEMARK_RETURN_IF_ERROR(insert_receipt(connection, row.id, receipt));
    TIDEMARK_RETURN_IF_ERROR(insert_rejected(connection, row.id, receipt.batch_seq, batch));
    return receipt;
}

}  // namespace tidemark::sqlite
