#include "store/sqlite/gauge_void.h"

#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "store/gauge_chunk.h"
#include "store/gauge_recount.h"
#include "store/gauge_repeats.h"
#include "store/sqlite/gauge_read.h"
#include "store/sqlite/gauge_rows.h"
#include "store/sqlite/registry.h"

namespace tidemark::sqlite {

namespace {

// The batch that brought the events about which a chain of voids disputes.
Result<std::int64_t> find_disputed(Connection& connection,
                                   const DatasetRow& row,
                                   const BatchReceipt& voided) {
    BatchReceipt receipt = voided;
    while (receipt.voids.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(receipt, find_receipt(connection, row, *receipt.voids));
    }
    return receipt.batch_seq;
}

Result<std::set<std::int64_t>> load_voided(Connection& connection, const DatasetRow& row) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare("SELECT batch_seq, voids FROM batch_registry WHERE dataset_id = ?1 AND "
                           "voids IS NOT NULL"));
    statement.bind(row.id);
    std::vector<std::pair<std::int64_t, std::int64_t>> voids;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return voided_batches(voids);
        }
        voids.emplace_back(statement.integer(0), statement.integer(1));
    }
}

Result<void> add_events(Connection& connection,
                        const DatasetTables& tables,
                        const std::set<std::int64_t>& voided,
                        UtcDay day,
                        GaugeRecount& recount) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare(fmt::format("SELECT batch_seq, {}, metric, observed_at, value FROM {} "
                                       "WHERE date = ?1",
                                       tables.subject(),
                                       tables.batch())));
    rows.bind(std::int64_t{day.days_since_epoch()});
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return {};
        }
        if (!voided.contains(rows.integer(0))) {
            recount.add(read_event(rows, 1));
        }
    }
}

Result<void> add_repeats(Connection& connection,
                         const DatasetTables& tables,
                         const std::set<std::int64_t>& voided,
                         UtcDay day,
                         GaugeRecount& recount) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare(
            fmt::format("SELECT batch_seq, events FROM {} WHERE date = ?1", tables.repeat())));
    rows.bind(std::int64_t{day.days_since_epoch()});
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return {};
        }
        if (voided.contains(rows.integer(0))) {
            continue;
        }
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<GaugeEvent> events,
                                  unpack_repeats(rows.text(1)));
        for (const GaugeEvent& event : events) {
            recount.add(event);
        }
    }
}

}  // namespace

Result<void> recount_voided(Connection& connection,
                            const DatasetRow& row,
                            const BatchReceipt& voided) {
    const DatasetTables tables(row.dataset);
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t disputed, find_disputed(connection, row, voided));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<GaugeEvent> events,
                              load_batch_events(connection, tables, disputed, voided.days));
    TIDEMARK_ASSIGN_OR_RETURN(const std::set<std::int64_t> voided_now,
                              load_voided(connection, row));
    GaugeRecount recount(events, row.dataset.metrics().size());
    for (const UtcDay day : recount.days()) {
        TIDEMARK_RETURN_IF_ERROR(add_events(connection, tables, voided_now, day, recount));
        TIDEMARK_RETURN_IF_ERROR(add_repeats(connection, tables, voided_now, day, recount));
    }
    TIDEMARK_ASSIGN_OR_RETURN(GaugeRows rows, GaugeRows::make(connection, tables));
    for (const GaugeDay& counted : std::move(recount).finish()) {
        TIDEMARK_RETURN_IF_ERROR(rows.replace(counted));
    }
    return {};
}

}  // namespace tidemark::sqlite
