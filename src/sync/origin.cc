#include "sync/origin.h"

#include <algorithm>
#include <optional>

namespace tidemark {

namespace {

void take(std::optional<UtcDay>& first, UtcDay day) {
    first = first.has_value() ? std::min(*first, day) : day;
}

std::optional<UtcDay> first_day_of(const DatasetObservation& observation) {
    std::optional<UtcDay> first;
    if (const auto* counter = std::get_if<CounterObservation>(&observation.found)) {
        for (const auto& [feed, ranges] : counter->feeds) {
            for (const TimeRange& range : ranges) {
                take(first, UtcDay::containing(range.from));
            }
        }
        for (const DayRange& days : counter->sealed) {
            take(first, days.from);
        }
    } else if (const auto* gauge = std::get_if<GaugeObservation>(&observation.found)) {
        for (const UtcDay day : gauge->covered_days) {
            take(first, day);
        }
    }
    return first;
}

}  // namespace

UtcDay inferred_origin(const DatasetObservation* observation,
                       const DatasetSnapshot* previous,
                       std::chrono::sys_seconds now) {
    if (previous != nullptr && previous->origin.has_value() &&
        previous->synced_through.has_value()) {
        return *previous->origin;
    }
    const std::optional<UtcDay> first =
        observation == nullptr ? std::nullopt : first_day_of(*observation);
    return first.value_or(UtcDay::containing(now));
}

}  // namespace tidemark
