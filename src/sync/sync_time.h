#pragma once
// Time as synchronisation speaks of it: whole seconds of UTC, half-open ranges, and their texts.

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

// For people: the two largest units, "1d 3h", "2h 5m", "40s".
std::string spoken_duration(std::chrono::seconds duration);

}  // namespace tidemark
