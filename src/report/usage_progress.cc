#include "report/usage_progress.h"

#include <algorithm>

namespace tidemark {

namespace {

bool overlap(const TimeRange& left, const TimeRange& right) {
    return left.from < right.to && right.from < left.to;
}

bool any_touches(const std::optional<std::vector<TimeRange>>& ranges, const TimeRange& day) {
    return ranges.has_value() && std::ranges::any_of(*ranges, [&](const TimeRange& range) {
               return overlap(range, day);
           });
}

Completeness judge(const DatasetSnapshot& dataset, const TimeRange& day) {
    if (!dataset.synced_through.has_value() || !dataset.origin.has_value() ||
        day.from < dataset.origin->begin()) {
        return Completeness::unknown;
    }
    if (any_touches(dataset.gaps, day) || any_touches(dataset.holes, day)) {
        return Completeness::partial;
    }
    return day.to <= *dataset.synced_through ? Completeness::complete : Completeness::open;
}

std::vector<TimeRange> touching(const std::optional<std::vector<TimeRange>>& ranges,
                                const TimeRange& all) {
    std::vector<TimeRange> found;
    for (const TimeRange& range : ranges.value_or(std::vector<TimeRange>())) {
        if (overlap(range, all)) {
            found.push_back(range);
        }
    }
    return found;
}

}  // namespace

std::string_view to_string(Completeness completeness) {
    switch (completeness) {
        case Completeness::complete:
            return "complete";
        case Completeness::partial:
            return "partial";
        case Completeness::open:
            return "open";
        case Completeness::unknown:
            break;
    }
    return "unknown";
}

UsageProgress usage_progress(const KnownProgress& known,
                             const std::string& dataset,
                             const std::vector<NamedDay>& days) {
    DatasetSnapshot entry;
    UsageProgress progress{.synced_through = {},
                           .overall_synced_through = {},
                           .days = {},
                           .gaps = {},
                           .holes = {},
                           .metadata_age = known.age,
                           .metadata_origin = known.origin,
                           .stale = known.stale};
    if (known.snapshot.has_value()) {
        progress.overall_synced_through = known.snapshot->overall.synced_through;
        const auto found = known.snapshot->datasets.find(dataset);
        entry = found == known.snapshot->datasets.end() ? DatasetSnapshot() : found->second;
    }
    progress.synced_through = entry.synced_through;
    for (const NamedDay& day : days) {
        progress.days.emplace_back(day.name, judge(entry, day.range));
    }
    if (!days.empty()) {
        const TimeRange all{days.front().range.from, days.back().range.to};
        progress.gaps = touching(entry.gaps, all);
        progress.holes = touching(entry.holes, all);
    }
    return progress;
}

}  // namespace tidemark
