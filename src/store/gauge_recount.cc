#include "store/gauge_recount.h"

#include <algorithm>

namespace tidemark {

GaugeRecount::GaugeRecount(std::span<const GaugeEvent> events, std::size_t metric_count) {
    for (const GaugeEvent& event : events) {
        const UtcDay day = event.day();
        GaugeDay row{.subject = event.subject, .day = day, .levels = {}};
        row.levels.resize(metric_count);
        rows_.try_emplace({event.subject, day}, std::move(row));
    }
}

void GaugeRecount::add(const GaugeEvent& event) {
    add(event.subject,
        event.day(),
        event.metric,
        {.current = {.observed_at = event.observed_at, .value = event.value}, .mark = event.value});
}

void GaugeRecount::add(const std::string& subject,
                       UtcDay day,
                       std::size_t metric,
                       const GaugeLevel& level) {
    const auto row = rows_.find({subject, day});
    if (row != rows_.end() && metric < row->second.levels.size()) {
        observe(row->second.levels[metric], level);
    }
}

std::set<UtcDay> GaugeRecount::days() const {
    std::set<UtcDay> days;
    for (const auto& [key, row] : rows_) {
        days.insert(key.second);
    }
    return days;
}

std::vector<std::string> GaugeRecount::subjects_of(UtcDay day) const {
    std::vector<std::string> subjects;
    for (const auto& [key, row] : rows_) {
        if (key.second == day) {
            subjects.push_back(key.first);
        }
    }
    return subjects;
}

std::vector<GaugeDay> GaugeRecount::finish() && {
    std::vector<GaugeDay> rows;
    rows.reserve(rows_.size());
    for (auto& [key, row] : rows_) {
        rows.push_back(std::move(row));
    }
    return rows;
}

bool is_empty(const GaugeDay& row) {
    return std::ranges::none_of(row.levels, [](const auto& level) { return level.has_value(); });
}

}  // namespace tidemark
