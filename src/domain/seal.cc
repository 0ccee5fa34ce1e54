#include "domain/seal.h"

#include <algorithm>
#include <string>

namespace tidemark {

namespace {

// Whole days, half-open; ordered and apart, as a Coverage's ranges are.
struct DayRange {
    UtcDay from;
    UtcDay to;
};

std::vector<DayRange> whole_days(const Coverage& coverage) {
    std::vector<DayRange> ranges;
    for (const SlotRange& range : coverage.ranges()) {
        const UtcDay begun = range.begin.day();
        const UtcDay from = range.begin.index_in_day() == 0 ? begun : begun.next();
        const UtcDay to = range.end.day();
        if (from < to) {
            ranges.push_back({from, to});
        }
    }
    return ranges;
}

std::vector<DayRange> common_days(const std::vector<DayRange>& left,
                                  const std::vector<DayRange>& right) {
    std::vector<DayRange> common;
    auto other = right.begin();
    for (const DayRange& range : left) {
        // The last of them may reach into the next range, so the search goes on from it.
        while (other != right.end() && other->to <= range.from) {
            ++other;
        }
        for (auto each = other; each != right.end() && each->from < range.to; ++each) {
            common.push_back({std::max(range.from, each->from), std::min(range.to, each->to)});
        }
    }
    return common;
}

}  // namespace

std::string_view to_string(FreezePolicy policy) {
    return policy == FreezePolicy::reject ? "reject" : "adjust";
}

Result<FreezePolicy> parse_freeze_policy(std::string_view text) {
    for (const FreezePolicy policy : {FreezePolicy::reject, FreezePolicy::adjust}) {
        if (text == to_string(policy)) {
            return policy;
        }
    }
    return Error{ErrorKind::invalid_input,
                 "freeze policy '" + std::string(text) + "': expected reject or adjust"};
}

std::vector<UtcDay> complete_days(std::span<const Coverage> feeds,
                                  Timestamp now,
                                  std::chrono::seconds lateness) {
    std::vector<UtcDay> days;
    if (feeds.empty()) {
        return days;
    }
    std::vector<DayRange> ranges = whole_days(feeds.front());
    for (const Coverage& feed : feeds.subspan(1)) {
        ranges = common_days(ranges, whole_days(feed));
    }
    const Timestamp latest_end = now - std::max(lateness, std::chrono::seconds(0));
    for (const DayRange& range : ranges) {
        for (UtcDay day = range.from; day < range.to && day.end() <= latest_end; day = day.next()) {
            days.push_back(day);
        }
    }
    return days;
}

}  // namespace tidemark
