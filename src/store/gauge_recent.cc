#include "store/gauge_recent.h"

#include <algorithm>

namespace tidemark {

void RecentReadings::note(std::span<const GaugeEvent> events) {
    for (const GaugeEvent& event : events) {
        const GaugeReading reading{.observed_at = event.observed_at, .value = event.value};
        if (GaugeReading* const known = find(event)) {
            *known = std::max(*known, reading);
        } else {
            add(event, reading);
        }
    }
}

void RecentReadings::add(const GaugeEvent& event, GaugeReading reading) {
    if (count_ == readings_max) {
        clear();
    }
    by_metric_.resize(std::max(by_metric_.size(), event.metric + 1));
    by_metric_[event.metric].emplace(event.subject, reading);
    ++count_;
}

GaugeReading* RecentReadings::find(const GaugeEvent& event) {
    if (event.metric >= by_metric_.size()) {
        return nullptr;
    }
    const auto known = by_metric_[event.metric].find(event.subject);
    return known == by_metric_[event.metric].end() ? nullptr : &known->second;
}

bool RecentReadings::knows(const GaugeEvent& event) {
    const GaugeReading* const known = find(event);
    return known != nullptr && known->observed_at == event.observed_at &&
           known->value == event.value;
}

void RecentReadings::clear() {
    by_metric_.clear();
    count_ = 0;
}

}  // namespace tidemark
