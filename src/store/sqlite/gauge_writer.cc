#include "store/sqlite/gauge_writer.h"

#include <map>
#include <vector>

#include <fmt/format.h>

#include "store/gauge_chunk.h"
#include "store/gauge_repeats.h"
#include "store/refusals.h"
#include "store/sqlite/dataset_tables.h"
#include "store/sqlite/gauge_rows.h"
#include "store/sqlite/registry.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

class EventWriter {
 public:
    static Result<EventWriter> make(Connection& connection,
                                    const DatasetTables& tables,
                                    std::int64_t batch_seq) {
        TIDEMARK_ASSIGN_OR_RETURN(
            Statement insert,
            connection.prepare(fmt::format("INSERT INTO {} (date, batch_seq, {}, metric, "
                                           "observed_at, value, event_id) "
                                           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                           tables.batch(),
                                           tables.subject())));
        return EventWriter(connection, tables, std::move(insert), batch_seq);
    }

    Result<void> append(const GaugeEvent& event, UtcDay day) {
        insert_.bind(std::int64_t{day.days_since_epoch()},
                     batch_seq_,
                     std::string_view(event.subject),
                     static_cast<std::int64_t>(event.metric) + 1,
                     std::int64_t{event.observed_at.time_since_epoch().count()},
                     event.value);
        if (event.event_id.empty()) {
            insert_.bind_null_at(7);
        } else {
            insert_.bind_at(7, std::string_view(event.event_id));
        }
        return insert_.run();
    }

    void repeat(const GaugeEvent& event, UtcDay day) { repeats_[day].push_back(&event); }

    Result<void> finish() {
        TIDEMARK_ASSIGN_OR_RETURN(
            Statement insert,
            connection_->prepare(
                fmt::format("INSERT INTO {} (date, batch_seq, events) VALUES (?1, ?2, ?3)",
                            tables_->repeat())));
        for (const auto& [day, events] : repeats_) {
            const std::string packed = pack_repeats(events);
            insert.bind(std::int64_t{day.days_since_epoch()}, batch_seq_);
            insert.bind_bytes_at(3, packed);
            TIDEMARK_RETURN_IF_ERROR(insert.run());
        }
        return {};
    }

 private:
    EventWriter(Connection& connection,
                const DatasetTables& tables,
                Statement insert,
                std::int64_t batch_seq)
        : connection_(&connection),
          tables_(&tables),
          insert_(std::move(insert)),
          batch_seq_(batch_seq) {}

    Connection* connection_;
    const DatasetTables* tables_;
    Statement insert_;
    std::int64_t batch_seq_;
    std::map<UtcDay, std::vector<const GaugeEvent*>> repeats_;
};

bool is_current(const std::optional<GaugeLevel>& level, const GaugeEvent& event) {
    return level.has_value() &&
           level->current == GaugeReading{.observed_at = event.observed_at, .value = event.value};
}

// Chunk rows and events are in the same order, so the events of a row follow those of the one
// before.
Result<void> write_events(Connection& connection,
                          const DatasetTables& tables,
                          const GaugeChunk& chunk,
                          std::int64_t batch_seq) {
    const std::size_t metric_count = chunk.receipt.totals.size();
    TIDEMARK_ASSIGN_OR_RETURN(EventWriter events, EventWriter::make(connection, tables, batch_seq));
    TIDEMARK_ASSIGN_OR_RETURN(GaugeRows rows, GaugeRows::make(connection, tables));
    GaugeDay stored{.subject = {}, .day = UtcDay::from_days_since_epoch(0), .levels = {}};
    stored.levels.resize(metric_count);
    auto event = chunk.events.begin();
    for (const GaugeDay& row : chunk.rows) {
        TIDEMARK_ASSIGN_OR_RETURN(const auto place, rows.find(row.subject, row.day, stored));
        for (; event != chunk.events.end() && event->subject == row.subject &&
               event->day() == row.day;
             ++event) {
            if (place.has_value() && is_current(stored.levels[event->metric], *event)) {
                events.repeat(*event, row.day);
            } else {
                TIDEMARK_RETURN_IF_ERROR(events.append(*event, row.day));
            }
        }
        TIDEMARK_RETURN_IF_ERROR(rows.merge(place, stored, row));
    }
    return events.finish();
}

}  // namespace

Result<StoredBatch> store_events(Connection& connection,
                                 const Clock& clock,
                                 const Batch& batch,
                                 std::span<const GaugeEvent> events) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_gauge(connection, batch.identity.dataset));
    TIDEMARK_ASSIGN_OR_RETURN(GaugeChunk chunk, survey_events(row.dataset, batch, events));
    TIDEMARK_ASSIGN_OR_RETURN(std::optional<BatchReceipt> known,
                              find_receipt(connection, batch.identity.feed, batch.identity.key));
    if (known.has_value()) {
        return answer_known_batch(std::move(*known), batch.identity);
    }
    BatchReceipt& receipt = chunk.receipt;
    for (const UtcDay day : receipt.days) {
        TIDEMARK_RETURN_IF_ERROR(check_not_purged(connection, row, day));
    }
    TIDEMARK_ASSIGN_OR_RETURN(receipt.batch_seq, take_batch_seq(connection, row.id));
    const DatasetTables tables(row.dataset);
    TIDEMARK_RETURN_IF_ERROR(write_events(connection, tables, chunk, receipt.batch_seq));
    receipt.committed_at = clock.now();
    TIDEMARK_RETURN_IF_ERROR(insert_receipt(connection, row.id, receipt));
    TIDEMARK_RETURN_IF_ERROR(insert_rejected(connection, row.id, receipt.batch_seq, batch));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return StoredBatch{.receipt = std::move(receipt)};
}

}  // namespace tidemark::sqlite
