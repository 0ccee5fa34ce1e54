#include "store/postgres/gauge_comparison.h"

#include <utility>

namespace tidemark::postgres {

namespace {

bool is_of(const GaugeEvent& event, const GaugeDay& row) {
    return event.subject == row.subject && event.day() == row.day;
}

bool is_current_of(const GaugeDay& row, const GaugeEvent& event) {
    const std::optional<GaugeLevel>& level = row.levels[event.metric];
    return level->current.observed_at == event.observed_at && level->current.value == event.value;
}

constexpr RowAnswer wholly_known{.known_metrics = ~std::uint64_t{0}, .changed = false};

}  // namespace

ChunkComparison compare_with_known(const GaugeChunk& chunk, std::vector<bool> known_events) {
    ChunkComparison comparison{.known_events = std::move(known_events), .open_rows = {}};
    std::size_t event = 0;
    for (std::size_t place = 0; place < chunk.rows.size(); ++place) {
        bool open = false;
        for (; event < chunk.events.size() && is_of(chunk.events[event], chunk.rows[place]);
             ++event) {
            open = open || !comparison.known_events[event];
        }
        if (open) {
            comparison.open_rows.push_back(place);
        }
    }
    return comparison;
}

GaugeRowPointers open_rows_of(const GaugeChunk& chunk, const ChunkComparison& comparison) {
    GaugeRowPointers rows;
    rows.reserve(comparison.open_rows.size());
    for (const std::size_t place : comparison.open_rows) {
        rows.push_back(&chunk.rows[place]);
    }
    return rows;
}

std::vector<RowAnswer> all_new(const GaugeChunk& chunk, const ChunkComparison& comparison) {
    std::vector<RowAnswer> answers(chunk.rows.size(), wholly_known);
    for (const std::size_t place : comparison.open_rows) {
        answers[place] = {};
    }
    return answers;
}

std::vector<RowAnswer> answers_of(const GaugeChunk& chunk,
                                  const ChunkComparison& comparison,
                                  const Rows& differing) {
    std::vector<RowAnswer> answers(chunk.rows.size(), wholly_known);
    for (int answer = 0; answer < differing.size(); ++answer) {
        const auto place = static_cast<std::size_t>(differing.integer(answer, 0));
        answers[comparison.open_rows[place]] = {
            .known_metrics = static_cast<std::uint64_t>(differing.integer(answer, 1)),
            .changed = differing.boolean(answer, 2)};
    }
    return answers;
}

// Events and rows are in the same order.
ChunkWrites writes_after(const GaugeChunk& chunk,
                         const ChunkComparison& comparison,
                         const std::vector<RowAnswer>& answers) {
    ChunkWrites writes;
    std::size_t event = 0;
    for (std::size_t place = 0; place < chunk.rows.size(); ++place) {
        const GaugeDay& row = chunk.rows[place];
        if (answers[place].changed) {
            writes.changed_rows.push_back(&row);
        }
        for (; event < chunk.events.size() && is_of(chunk.events[event], row); ++event) {
            const GaugeEvent& one = chunk.events[event];
            const bool stored = (answers[place].known_metrics >> one.metric & 1U) != 0;
            if (comparison.known_events[event] || (stored && is_current_of(row, one))) {
                writes.repeats[row.day].push_back(&one);
            } else {
                writes.new_events.push_back(&one);
            }
        }
    }
    return writes;
}

}  // namespace tidemark::postgres
