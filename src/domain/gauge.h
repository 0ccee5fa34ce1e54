#pragma once
// Gauges: values that replace each other, such as how many bytes a site stores.
//
// An event says what one metric of one subject was at an instant. What a day keeps of its events
// are two maxima, so neither depends on the order in which they came, on how often one came, nor on
// which were stored together:
//
//   current   the reading with the largest (observed_at, value): what the gauge was at the day's
//   end mark      the largest value of the day, its high-water mark as observed

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "domain/total.h"
#include "domain/utc_day.h"

namespace tidemark {

// Two events are the same one when subject, metric, instant and value are; the id is a note for
// people and decides nothing.
struct GaugeEvent {
    std::string subject;
    std::size_t metric = 0;  // its place in the dataset's metrics
    std::int64_t value = 0;
    Timestamp observed_at{};  // years 0001 to 9999
    std::string event_id;     // empty: none

    [[nodiscard]] UtcDay day() const;
};

// What an event says; the larger of two is the current one.
struct GaugeReading {
    Timestamp observed_at{};
    std::int64_t value = 0;

    auto operator<=>(const GaugeReading&) const = default;
};

// One metric of one subject on one day.
struct GaugeLevel {
    GaugeReading current;
    std::int64_t mark = 0;

    bool operator==(const GaugeLevel&) const = default;
};

// The level after a further reading; `level` is empty before the first one.
void observe(std::optional<GaugeLevel>& level, GaugeReading reading);

// The same for all that another level has seen.
void observe(std::optional<GaugeLevel>& level, const GaugeLevel& other);

// One subject on one day: a level for each metric, in the dataset's order, empty while no event
// of it came.
struct GaugeDay {
    std::string subject;
    UtcDay day;
    std::vector<std::optional<GaugeLevel>> levels;

    bool operator==(const GaugeDay&) const = default;
};

// Puts events into the order (subject, instant's day, metric, instant, value) and leaves each once.
void sort_events(std::vector<GaugeEvent>& events);

// What sorted events make of each (subject, day), in that order.
std::vector<GaugeDay> days_of(std::span<const GaugeEvent> events, std::size_t metric_count);

// Sums of the values of each metric: they mean nothing but can be compared with later.
std::vector<Total> total_of(std::span<const GaugeEvent> events, std::size_t metric_count);

}  // namespace tidemark
