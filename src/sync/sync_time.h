#pragma once
// Time as synchronisation speaks of it: whole seconds of UTC, half-open ranges, durations, and
// their texts.

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/utc_day.h"

namespace tidemark {

// [from, to); backward ones are empty.
struct TimeRange {
    std::chrono::sys_seconds from;
    std::chrono::sys_seconds to;

    bool operator==(const TimeRange&) const = default;
};

// Days [from, to); backward ones are empty.
struct DayRange {
    UtcDay from;
    UtcDay to;

    bool operator==(const DayRange&) const = default;
};

// "2026-03-10T12:10:00Z", exactly so (years 0001 to 9999). Fails with invalid_input.
Result<std::chrono::sys_seconds> parse_instant(std::string_view text);
std::string instant_text(std::chrono::sys_seconds instant);

// A whole number and a unit of s, m, h or d: "90s", "45m"; at most 100,000 days. Fails with
// invalid_input.
Result<std::chrono::seconds> parse_sync_duration(std::string_view text);

// The same in the largest unit that leaves a whole number: 90s, 45m, 2h, 1d.
std::string sync_duration_text(std::chrono::seconds duration);

// For people: the two largest units, "1d 3h", "2h 5m", "40s".
std::string spoken_duration(std::chrono::seconds duration);

}  // namespace tidemark
