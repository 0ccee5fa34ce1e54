#include "store/postgres/gauge_storing.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "store/gauge_chunk.h"
#include "store/gauge_repeats.h"
#include "store/postgres/gauge_sql.h"
#include "store/postgres/registry.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

// What is to be written of a chunk once it was compared with what is there.
struct ChunkWrites {
    std::vector<const GaugeEvent*> new_events;
    std::map<UtcDay, std::vector<const GaugeEvent*>> repeats;
    std::vector<const GaugeDay*> changed_rows;
};

bool is_current_of(const GaugeDay& row, const GaugeEvent& event) {
    const std::optional<GaugeLevel>& level = row.levels[event.metric];
    return level->current.observed_at == event.observed_at && level->current.value == event.value;
}

// `known` answers known_statement(). Events and rows are in the same order.
ChunkWrites compare(const GaugeChunk& chunk, const Rows& known) {
    std::vector<std::uint64_t> known_metrics(chunk.rows.size());
    std::vector<bool> changed(chunk.rows.size(), true);
    for (int answer = 0; answer < known.size(); ++answer) {
        const auto place = static_cast<std::size_t>(known.integer(answer, 0));
        known_metrics[place] = static_cast<std::uint64_t>(known.integer(answer, 1));
        changed[place] = known.boolean(answer, 2);
    }
    ChunkWrites writes;
    auto event = chunk.events.begin();
    for (std::size_t place = 0; place < chunk.rows.size(); ++place) {
        const GaugeDay& row = chunk.rows[place];
        if (changed[place]) {
            writes.changed_rows.push_back(&row);
        }
        for (; event != chunk.events.end() && event->subject == row.subject &&
               event->day() == row.day;
             ++event) {
            const bool repeated = (known_metrics[place] >> event->metric & 1U) != 0;
            if (repeated && is_current_of(row, *event)) {
                writes.repeats[row.day].push_back(&*event);
            } else {
                writes.new_events.push_back(&*event);
            }
        }
    }
    return writes;
}

// PostgreSQL's manual, COPY, "Binary Format".
void append_event(std::string& to, std::int64_t batch_seq, const GaugeEvent& event) {
    append_int16(to, 6);
    append_int32(to, sizeof batch_seq);
    append_int64(to, batch_seq);
    append_int32(to, sizeof event.value);
    append_int64(to, event.value);
    append_int32(to, sizeof(std::int64_t));
    append_int64(to, microseconds_since_2000(event.observed_at));
    append_int32(to, sizeof(std::int16_t));
    append_int16(to, static_cast<std::int16_t>(event.metric + 1));
    append_int32(to, static_cast<std::int32_t>(event.subject.size()));
    to += event.subject;
    if (event.event_id.empty()) {
        append_int32(to, -1);
    } else {
        append_int32(to, static_cast<std::int32_t>(event.event_id.size()));
        to += event.event_id;
    }
}

Result<void> copy_events(Connection& connection,
                         const DatasetTables& tables,
                         std::int64_t batch_seq,
                         std::span<const GaugeEvent* const> events) {
    TIDEMARK_RETURN_IF_ERROR(connection.copy_begin(
        fmt::format("COPY {} (batch_seq, value, observed_at, metric, {}, event_id) FROM STDIN"
                    " (FORMAT binary)",
                    tables.batch,
                    tables.subject)));
    std::string content("PGCOPY\n\377\r\n\0", 11);
    append_int32(content, 0);  // flags
    append_int32(content, 0);  // length of the header's extension
    for (const GaugeEvent* event : events) {
        append_event(content, batch_seq, *event);
    }
    append_int16(content, -1);  // trailer
    const Result<void> sent = connection.copy_send(content);
    const tl::expected<std::int64_t, SqlError> copied = connection.copy_end();
    if (!copied.has_value()) {
        return copied.error().error;
    }
    return sent;
}

Statement repeat_statement(const DatasetTables& tables,
                           std::int64_t batch_seq,
                           UtcDay day,
                           std::span<const GaugeEvent* const> events) {
    return {.sql = fmt::format("INSERT INTO {} (date, batch_seq, events) VALUES ($1, $2, $3)",
                               tables.repeat),
            .parameters = Parameters().day(day).integer(batch_seq).bytes(pack_repeats(events)),
            .prepared = true};
}

// One call's way to the batch's receipt.
class EventStoring {
 public:
    EventStoring(Session& session, const DatasetTables& tables, const GaugeChunk& chunk)
        : session_(session), tables_(tables), chunk_(chunk), rows_(pointers_to(chunk.rows)) {}

    Result<StoredBatch> run(const BatchEntry& entry) {
        while (true) {
            TIDEMARK_ASSIGN_OR_RETURN(std::optional<StoredBatch> stored, attempt(entry));
            if (stored.has_value()) {
                return *std::move(stored);
            }
        }
    }

 private:
    static std::vector<const GaugeDay*> pointers_to(const std::vector<GaugeDay>& rows) {
        std::vector<const GaugeDay*> pointers;
        pointers.reserve(rows.size());
        for (const GaugeDay& row : rows) {
            pointers.push_back(&row);
        }
        return pointers;
    }

    // Nothing: the connection was lost in the commit; the registry will say what became of it.
    Result<std::optional<StoredBatch>> attempt(const BatchEntry& entry) {
        TIDEMARK_RETURN_IF_ERROR(session_.ensure_partitions(tables_, chunk_.receipt.days));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_.ready());
        const Statement begin[] = {
            {.sql = "BEGIN"},
            register_committed(entry),
            {.sql = "SELECT date - DATE '1970-01-01' FROM purged_day WHERE dataset = $1 AND"
                    " date = ANY($2) ORDER BY date LIMIT 1",
             .parameters = Parameters().text(tables_.dataset.name()).days(chunk_.receipt.days),
             .prepared = true},
            known_statement(tables_, row_parameters(rows_, tables_.metrics.size()))};
        const Result<std::vector<Rows>> begun = connection->query_all(begin);
        if (!begun.has_value()) {
            connection->roll_back();
            TIDEMARK_ASSIGN_OR_RETURN(
                StoredBatch answered,
                answer_unregistered(*connection, chunk_.receipt, begun.error()));
            // The commit of an earlier attempt of this call, whose answer was cut off.
            answered.already_stored = answered.receipt.batch_seq != latest_seq_;
            return std::optional(std::move(answered));
        }
        const Rows& registered = (*begun)[1];
        if (registered.empty()) {
            connection->roll_back();
            return dataset_not_prepared(tables_.dataset.name());
        }
        if (const Rows& purged = (*begun)[2]; !purged.empty()) {
            connection->roll_back();
            session_.forget_partitions();
            return day_purged(
                tables_.dataset.name(),
                UtcDay::from_days_since_epoch(static_cast<std::int32_t>(purged.integer(0, 0))));
        }
        latest_seq_ = registered.integer(0, 0);
        StoredBatch stored{.receipt = chunk_.receipt, .already_stored = false};
        stored.receipt.batch_seq = latest_seq_;
        stored.receipt.committed_at =
            Timestamp(std::chrono::microseconds(registered.integer(0, 1)));
        return write(*connection, entry, compare(chunk_, (*begun)[3]), std::move(stored));
    }

    Result<std::optional<StoredBatch>> write(Connection& connection,
                                             const BatchEntry& entry,
                                             const ChunkWrites& writes,
                                             StoredBatch stored) {
        const std::int64_t batch_seq = stored.receipt.batch_seq;
        if (!writes.new_events.empty()) {
            const Result<void> copied =
                copy_events(connection, tables_, batch_seq, writes.new_events);
            if (!copied.has_value()) {
                connection.roll_back();
                return copied.error();
            }
        }
        std::vector<Statement> statements;
        if (!writes.changed_rows.empty()) {
            statements.push_back(merge_statement(
                tables_, row_parameters(writes.changed_rows, tables_.metrics.size())));
        }
        for (const auto& [day, events] : writes.repeats) {
            statements.push_back(repeat_statement(tables_, batch_seq, day, events));
        }
        if (!entry.rejected_samples.empty()) {
            statements.push_back(rejected_samples_statement(entry, batch_seq));
        }
        statements.push_back({.sql = "COMMIT"});
        const Result<std::vector<Rows>> written = connection.query_all(statements);
        if (!written.has_value()) {
            connection.roll_back();
            if (connection.alive()) {
                return written.error();
            }
            return std::optional<StoredBatch>();
        }
        return std::optional(std::move(stored));
    }

    Session& session_;
    const DatasetTables& tables_;
    const GaugeChunk& chunk_;
    const std::vector<const GaugeDay*> rows_;
    std::int64_t latest_seq_ = 0;
};

}  // namespace

Result<StoredBatch> answer_unregistered(Connection& connection,
                                        const BatchReceipt& receipt,
                                        const Error& reason) {
    if (!connection.alive()) {
        return reason;
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        std::optional<Standing> standing,
        find_standing(connection, receipt.identity.feed, receipt.identity.key));
    if (standing.has_value() && standing->committed) {
        return answer_known_batch(std::move(standing->receipt), receipt.identity);
    }
    if (receipt.voids.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(
            standing, find_void_of(connection, receipt.identity.dataset, *receipt.voids));
        if (standing.has_value() && standing->committed) {
            return voided_before(
                receipt.identity.dataset, *receipt.voids, standing->receipt.batch_seq);
        }
    }
    return reason;
}

Result<StoredBatch> store_events(Session& session,
                                 const DatasetTables& tables,
                                 const Batch& batch,
                                 std::span<const GaugeEvent> events) {
    TIDEMARK_ASSIGN_OR_RETURN(const GaugeChunk chunk, survey_events(tables.dataset, batch, events));
    const BatchEntry entry{.receipt = chunk.receipt,
                           .rejected_by_reason = batch.rejected_by_reason,
                           .rejected_samples = batch.rejected_samples};
    return EventStoring(session, tables, chunk).run(entry);
}

}  // namespace tidemark::postgres
