#include "store/postgres/gauge_storing.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "store/gauge_chunk.h"
#include "store/gauge_repeats.h"
#include "store/postgres/gauge_comparison.h"
#include "store/postgres/gauge_sql.h"
#include "store/postgres/registry.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

// A few of them, evenly spread.
GaugeRowPointers sample_of(const GaugeRowPointers& rows) {
    constexpr std::size_t sample_size = 16;
    const std::size_t step = std::max<std::size_t>(1, rows.size() / sample_size);
    GaugeRowPointers sample;
    for (std::size_t place = 0; place < rows.size() && sample.size() < sample_size; place += step) {
        sample.push_back(rows[place]);
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
        OwnEvents& own = session_.own_events(tables_.dataset.name());
        fingerprints_ = own.recent.fingerprints_of(chunk_.events);
        comparison_ = compare_with_known(chunk_, own.recent.known(fingerprints_));
        const GaugeRowPointers sample = sample_of(open_rows_of(chunk_, comparison_));
        const bool counting = size_of_day() != nullptr && count_is_due(*size_of_day());
        const Result<std::vector<Rows>> begun =
            connection.query_all(begin_statements(entry, own, sample, counting));
        if (!begun.has_value()) {
            return answer_by_key(connection, begun.error());
        }
        const Rows& registered = (*begun)[registered_place];
        if (registered.empty()) {
            return dataset_not_prepared(tables_.dataset.name());
        }
        if (const Rows& purged = (*begun)[purged_place]; !purged.empty()) {
            session_.forget_partitions();
            return day_purged(
                tables_.dataset.name(),
                UtcDay::from_days_since_epoch(static_cast<std::int32_t>(purged.integer(0, 0))));
        }
        if (counting) {
            *size_of_day() = DaySize{.at_least = begun->back().integer(0, 0)};
        }
        if (size_of_day() != nullptr) {
            ++(*size_of_day())->chunks_since;
        }
        bool compares = !sample.empty() && any_known(sample, (*begun)[sample_place]);
        if (was_taken_back((*begun)[taken_back_place], own)) {
            own.recent.clear();
            comparison_ = compare_with_known(chunk_, std::vector<bool>(chunk_.events.size()));
            compares = !chunk_.rows.empty();  // the sample was not taken of all rows
        }
        choose_way(comparison_.open_rows.size());
        TIDEMARK_ASSIGN_OR_RETURN(
            const std::vector<RowAnswer> answers,
            compares ? compare_open_rows(connection) : all_new(chunk_, comparison_));
        latest_seq_ = registered.integer(0, 0);
        TIDEMARK_ASSIGN_OR_RETURN(
            const bool committed,
            commit(connection, entry, writes_after(chunk_, comparison_, answers)));
        if (!committed) {
            return std::optional<StoredBatch>();
        }
        note_stored(own);
        StoredBatch stored{.receipt = chunk_.receipt, .already_stored = false};
        stored.receipt.batch_seq = latest_seq_;
        stored.receipt.committed_at =
            Timestamp(std::chrono::microseconds(registered.integer(0, 1)));
        return std::optional(std::move(stored));
    }

    // The answers' places; that of the count, where there is one, is the last.
    static constexpr std::size_t registered_place = 1;
    static constexpr std::size_t purged_place = 2;
    static constexpr std::size_t taken_back_place = 3;
    static constexpr std::size_t sample_place = 4;

    [[nodiscard]] std::vector<Statement> begin_statements(const BatchEntry& entry,
                                                          const OwnEvents& own,
                                                          const GaugeRowPointers& sample,
                                                          bool counting) const {
        const std::string& dataset = tables_.dataset.name();
        std::vector<Statement> begin = {
            {.sql = "BEGIN"},
            register_committed(entry),
            {.sql = "SELECT date - DATE '1970-01-01' FROM purged_day WHERE dataset = $1 AND"
                    " date = ANY($2) ORDER BY date LIMIT 1",
             .parameters = Parameters().text(dataset).days(chunk_.receipt.days),
             .prepared = true},
            {.sql = "SELECT EXISTS (SELECT FROM batch_registry WHERE dataset = $1 AND voids >= $2"
                    " AND state <> 'expired'),"
                    " coalesce((SELECT max(id) FROM erasure WHERE dataset = $1), 0)",
             .parameters = Parameters().text(dataset).integer(own.first_seq),
             .prepared = true}};
        if (!sample.empty()) {
            begin.push_back(statements_.compare_few(sample));
        }
        if (counting) {
            begin.push_back(statements_.count_day(crowding_rows()));
        }
        return begin;
    }

    // Whether anything that the session stored itself may not count any more: a batch since its
    // first was voided, or a subject erased. `answer` is of begin_statements().
    static bool was_taken_back(const Rows& answer, OwnEvents& own) {
        const std::int64_t erasure_before = std::exchange(own.erasure, answer.integer(0, 1));
        return !own.recent.empty() && (answer.boolean(0, 0) || own.erasure != erasure_before);
    }

    void note_stored(OwnEvents& own) const {
        if (own.recent.empty()) {
            own.first_seq = latest_seq_;
        }
        own.recent.note(fingerprints_);
    }

    Result<std::vector<RowAnswer>> compare_open_rows(Connection& connection) {
        const GaugeRowPointers rows = open_rows_of(chunk_, comparison_);
        const Statement comparing = statements_.compare(rows);
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> differing,
                                  connection.query_all({&comparing, 1}));
        return answers_of(chunk_, comparison_, differing.front());
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

    // For so many of the chunk's rows.
    void choose_way(std::size_t rows) {
        const std::optional<DaySize>* const size = size_of_day();
        if (size != nullptr && (*size)->at_least >= crowd * static_cast<std::int64_t>(rows)) {
            statements_.search_by_key();
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
            choose_way(writes.changed_rows.size());
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
    std::vector<EventFingerprint> fingerprints_;
    ChunkComparison comparison_;
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
