#include "domain/gauge.h"

#include <algorithm>
#include <tuple>

namespace tidemark {

namespace {

auto key_of(const GaugeEvent& event, UtcDay day) {
    return std::tuple(std::string_view(event.subject),
                      day,
                      event.metric,
                      event.observed_at,
                      event.value,
                      std::string_view(event.event_id));
}

bool same_event(const GaugeEvent& left, const GaugeEvent& right) {
    return left.observed_at == right.observed_at && left.value == right.value &&
           left.metric == right.metric && left.subject == right.subject;
}

}  // namespace

UtcDay GaugeEvent::day() const {
    return UtcDay::containing(std::chrono::floor<std::chrono::seconds>(observed_at));
}

void observe(std::optional<GaugeLevel>& level, GaugeReading reading) {
    observe(level, GaugeLevel{.current = reading, .mark = reading.value});
}

void observe(std::optional<GaugeLevel>& level, const GaugeLevel& other) {
    if (!level.has_value()) {
        level = other;
        return;
    }
    level->current = std::max(level->current, other.current);
    level->mark = std::max(level->mark, other.mark);
}

void sort_events(std::vector<GaugeEvent>& events) {
    const auto before = [](const GaugeEvent& left, const GaugeEvent& right) {
        return key_of(left, left.day()) < key_of(right, right.day());
    };
    if (!std::ranges::is_sorted(events, before)) {
        std::ranges::sort(events, before);
    }
    const auto repeats = std::ranges::unique(events, same_event);
    events.erase(repeats.begin(), repeats.end());
}

std::vector<GaugeDay> days_of(std::span<const GaugeEvent> events, std::size_t metric_count) {
    std::vector<GaugeDay> days;
    for (const GaugeEvent& event : events) {
        const UtcDay day = event.day();
        if (days.empty() || days.back().day != day || days.back().subject != event.subject) {
            days.push_back({.subject = event.subject, .day = day, .levels = {}});
            days.back().levels.resize(metric_count);
        }
        observe(days.back().levels[event.metric],
                GaugeReading{.observed_at = event.observed_at, .value = event.value});
    }
    return days;
}

std::vector<Total> total_of(std::span<const GaugeEvent> events, std::size_t metric_count) {
    std::vector<Total> totals(metric_count);
    for (const GaugeEvent& event : events) {
        totals[event.metric] += event.value;
    }
    return totals;
}

}  // namespace tidemark
