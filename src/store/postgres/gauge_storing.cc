#include "store/postgres/gauge_storing.h"

#include <algorithm>
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
    GaugeEventPointers new_events;
    std::map<UtcDay, GaugeEventPointers> repeats;
    GaugeRowPointers changed_rows;
};

bool is_current_of(const GaugeDay& row, const GaugeEvent& event) {
    const std::optional<GaugeLevel>& level = row.levels[event.metric];
    return level->current.observed_at == event.observed_at && level->current.value == event.value;
}

GaugeRowPointers pointers_to(const std::vector<GaugeDay>& rows) {
    GaugeRowPointers pointers;
    pointers.reserve(rows.size());
    for (const GaugeDay& row : rows) {
        pointers.push_back(&row);
    }
    return pointers;
}

// Everything, as if nothing of it were there.
ChunkWrites all_of(const GaugeChunk& chunk) {
    ChunkWrites writes;
    writes.changed_rows = pointers_to(chunk.rows);
    writes.new_events.reserve(chunk.events.size());
    for (const GaugeEvent& event : chunk.events) {
        writes.new_events.push_back(&event);
    }
    return writes;
}

// `differing` answers GaugeStatements::compare(). Events and rows are in the same order.
ChunkWrites writes_after(const GaugeChunk& chunk, const Rows& differing) {
    constexpr std::uint64_t all_metrics = ~std::uint64_t{0};
    std::vector<std::uint64_t> known_metrics(chunk.rows.size(), all_metrics);
    std::vector<bool> changed(chunk.rows.size(), false);
    for (int answer = 0; answer < differing.size(); ++answer) {
        const auto place = static_cast<std::size_t>(differing.integer(answer, 0));
        known_metrics[place] = static_cast<std::uint64_t>(differing.integer(answer, 1));
        changed[place] = differing.boolean(answer, 2);
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

// A few rows, evenly spread.
GaugeRowPointers sample_of(const std::vector<GaugeDay>& rows) {
    constexpr std::size_t sample_size = 16;
    const std::size_t step = std::max<std::size_t>(1, rows.size() / sample_size);
    GaugeRowPointers sample;
    for (std::size_t place = 0; place < rows.size() && sample.size() < sample_size; place += step) {
        sample.push_back(&rows[place]);
    }
    return sample;
}

// Whether anything of the sample is known.
bool any_known(const GaugeRowPointers& sample, const Rows& differing) {
    if (static_cast<std::size_t>(differing.size()) < sample.size()) {
        return true;
    }
    for (int answer = 0; answer < differing.size(); ++answer) {
        if (differing.integer(answer, 1) != 0) {
            return true;
        }
    }
    return false;
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

// From how many rows of the day on, as multiples of the chunk's, each row is searched by its key.
constexpr std::int64_t crowd = 4;
constexpr int chunks_between_counts = 16;

// One call's way to the batch's receipt.
class EventStoring {
 public:
    EventStoring(Session& session, const DatasetTables& tables, const GaugeChunk& chunk)
        : session_(session), tables_(tables), chunk_(chunk), statements_(tables, chunk.rows) {}

    Result<StoredBatch> run(const BatchEntry& entry) {
        while (true) {
            TIDEMARK_ASSIGN_OR_RETURN(std::optional<StoredBatch> stored, attempt(entry));
            if (stored.has_value()) {
                return *std::move(stored);
            }
        }
    }

 private:
    // Nothing: the connection was lost in the commit; the registry will say what became of it.
    Result<std::optional<StoredBatch>> attempt(const BatchEntry& entry) {
        TIDEMARK_RETURN_IF_ERROR(session_.ensure_partitions(tables_, chunk_.receipt.days));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_.ready());
        Result<std::optional<StoredBatch>> stored = store(*connection, entry);
        connection->roll_back();  // where it was not committed
        return stored;
    }

    Result<std::optional<StoredBatch>> store(Connection& connection, const BatchEntry& entry) {
        const GaugeRowPointers sample = sample_of(chunk_.rows);
        std::vector<Statement> begin = {
            {.sql = "BEGIN"},
            register_committed(entry),
            {.sql = "SELECT date - DATE '1970-01-01' FROM purged_day WHERE dataset = $1 AND"
                    " date = ANY($2) ORDER BY date LIMIT 1",
             .parameters = Parameters().text(tables_.dataset.name()).days(chunk_.receipt.days),
             .prepared = true}};
        if (!sample.empty()) {
            begin.push_back(statements_.compare_few(sample));
        }
        const bool counting = size_of_day() != nullptr && count_is_due(*size_of_day());
        if (counting) {
            begin.push_back(statements_.count_day(crowding_rows()));
        }
        const Result<std::vector<Rows>> begun = connection.query_all(begin);
        if (!begun.has_value()) {
            return answer_by_key(connection, begun.error());
        }
        const Rows& registered = (*begun)[1];
        if (registered.empty()) {
            return dataset_not_prepared(tables_.dataset.name());
        }
        if (const Rows& purged = (*begun)[2]; !purged.empty()) {
            session_.forget_partitions();
            return day_purged(
                tables_.dataset.name(),
                UtcDay::from_days_since_epoch(static_cast<std::int32_t>(purged.integer(0, 0))));
        }
        if (counting) {
            *size_of_day() = DaySize{.at_least = begun->back().integer(0, 0)};
        }
        choose_way();
        ChunkWrites writes;
        if (sample.empty() || !any_known(sample, (*begun)[3])) {
            writes = all_of(chunk_);
        } else {
            const Statement comparing = statements_.compare(pointers_to(chunk_.rows));
            TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> differing,
                                      connection.query_all({&comparing, 1}));
            writes = writes_after(chunk_, differing.front());
        }
        latest_seq_ = registered.integer(0, 0);
        TIDEMARK_ASSIGN_OR_RETURN(const bool committed, commit(connection, entry, writes));
        if (!committed) {
            return std::optional<StoredBatch>();
        }
        StoredBatch stored{.receipt = chunk_.receipt, .already_stored = false};
        stored.receipt.batch_seq = latest_seq_;
        stored.receipt.committed_at =
            Timestamp(std::chrono::microseconds(registered.integer(0, 1)));
        return std::optional(std::move(stored));
    }

    [[nodiscard]] std::int64_t crowding_rows() const {
        return crowd * static_cast<std::int64_t>(chunk_.rows.size());
    }

    // Null where the chunk is not joined with a day.
    std::optional<DaySize>* size_of_day() {
        const std::optional<UtcDay> day = statements_.joined_day();
        return day.has_value() ? &session_.day_size(tables_.dataset.name(), *day) : nullptr;
    }

    [[nodiscard]] bool count_is_due(const std::optional<DaySize>& size) const {
        return !size.has_value() ||
               (size->at_least < crowding_rows() && size->chunks_since >= chunks_between_counts);
    }

    void choose_way() {
        if (std::optional<DaySize>* const size = size_of_day(); size != nullptr) {
            ++(*size)->chunks_since;
            if ((*size)->at_least >= crowding_rows()) {
                statements_.search_by_key();
            }
        }
    }

    Result<std::optional<StoredBatch>> answer_by_key(Connection& connection, const Error& reason) {
        connection.roll_back();
        TIDEMARK_ASSIGN_OR_RETURN(StoredBatch answered,
                                  answer_unregistered(connection, chunk_.receipt, reason));
        // The commit of an earlier attempt of this call, whose answer was cut off, is its own.
        answered.already_stored = answered.receipt.batch_seq != latest_seq_;
        return std::optional(std::move(answered));
    }

    // False: nobody has said whether it was committed.
    Result<bool> commit(Connection& connection,
                        const BatchEntry& entry,
                        const ChunkWrites& writes) {
        std::vector<Statement> steps;
        if (!writes.new_events.empty()) {
            steps.push_back(statements_.append(latest_seq_, writes.new_events));
        }
        if (!writes.changed_rows.empty()) {
            steps.push_back(statements_.merge(writes.changed_rows));
        }
        for (const auto& [day, events] : writes.repeats) {
            steps.push_back(repeat_statement(tables_, latest_seq_, day, events));
        }
        if (!entry.rejected_samples.empty()) {
            steps.push_back(rejected_samples_statement(entry, latest_seq_));
        }
        steps.push_back({.sql = "COMMIT"});
        const Result<std::vector<Rows>> written = connection.query_all(steps);
        if (!written.has_value() && connection.alive()) {
            return written.error();
        }
        return written.has_value();
    }

    Session& session_;
    const DatasetTables& tables_;
    const GaugeChunk& chunk_;
    GaugeStatements statements_;
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
