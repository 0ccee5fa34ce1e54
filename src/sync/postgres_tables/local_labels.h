#pragma once
// What local times, written without their offset, say about UTC.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sync/sync_time.h"

namespace tidemark {

// What a label means that occurs twice, since clocks were set back.
enum class RepeatedTime {
    both,     // its earlier occurrence, and the later one as well once a later label is there
    earlier,  // only ever the earlier one
    later,    // only ever the later one
};

// What a label means that never occurs, since clocks were set forward.
enum class SkippedTime {
    refused,  // an error: the table is probably not in this zone
    shifted,  // what a clock shows that was not set: 02:30 is 03:30
    ignored,  // nothing
};

// Which UTC days a local day stands for.
enum class LocalDayRule {
    overlapping,  // a day that lies wholly in local days that are there
    same_date,    // the one of its date: the table's days are meant to be those of UTC
};

struct LocalTimeRules {
    RepeatedTime repeated = RepeatedTime::both;
    SkippedTime skipped = SkippedTime::refused;
    LocalDayRule days = LocalDayRule::overlapping;

    bool operator==(const LocalTimeRules&) const = default;
};

// By their names above; fail with invalid_input.
std::string_view to_string(RepeatedTime rule);
std::string_view to_string(SkippedTime rule);
std::string_view to_string(LocalDayRule rule);
Result<RepeatedTime> parse_repeated_time(std::string_view text);
Result<SkippedTime> parse_skipped_time(std::string_view text);
Result<LocalDayRule> parse_local_day_rule(std::string_view text);

// A time zone of the tz database. Copies are cheap.
class LocalZone {
 public:
    // Fails with invalid_input for a name that the tz database does not have.
    static Result<LocalZone> find(const std::string& name);

    // The stretches of time that slots cover of which the local begins are given, as seconds since
    // 1970-01-01T00:00 local time, in any order; in order, joined where they touch.
    //
    // Fails with invalid_input for a label that does not occur, where such are refused.
    [[nodiscard]] Result<std::vector<TimeRange>> slots(std::span<const std::int64_t> labels,
                                                       std::chrono::seconds slot,
                                                       const LocalTimeRules& rules = {}) const;

    // The UTC days that the local days given (days since 1970-01-01) stand for, in order. By
    // default a UTC day is there once every local day that overlaps it is. A date that the zone
    // skipped overlaps nothing.
    [[nodiscard]] std::vector<DayRange> utc_days(std::span<const std::int64_t> local_days,
                                                 const LocalTimeRules& rules = {}) const;

    // The instant at which the local day begins: the earliest that has its date.
    [[nodiscard]] std::chrono::sys_seconds begin_of(std::int64_t local_day) const;

    // The local day that holds the instant.
    [[nodiscard]] std::int64_t day_at(std::chrono::sys_seconds instant) const;

 private:
    explicit LocalZone(const void* zone) : zone_(zone) {}
    const void* zone_;  // a date::time_zone, which lives as long as the process
};

}  // namespace tidemark
