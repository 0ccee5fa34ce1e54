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

// A time zone of the tz database. Copies are cheap.
class LocalZone {
 public:
    // Fails with invalid_input for a name that the tz database does not have.
    static Result<LocalZone> find(const std::string& name);

    // The stretches of time that slots cover of which the local begins are given, as seconds since
    // 1970-01-01T00:00 local time, in any order; in order, joined where they touch.
    //
    // A label that occurs twice (clocks were set back) means its earlier occurrence, and the later
    // one as well once there is a label that comes after that for certain. Fails with invalid_input
    // for a label that does not occur (clocks were set forward).
    [[nodiscard]] Result<std::vector<TimeRange>> slots(std::span<const std::int64_t> labels,
                                                       std::chrono::seconds slot) const;

    // The UTC days that lie wholly in the local days given (days since 1970-01-01), in order: a
    // UTC day is there once every local day that overlaps it is. A date that the zone skipped
    // overlaps nothing.
    [[nodiscard]] std::vector<DayRange> utc_days(std::span<const std::int64_t> local_days) const;

    // The instant at which the local day begins: the earliest that has its date.
    [[nodiscard]] std::chrono::sys_seconds begin_of(std::int64_t local_day) const;

    // The local day that holds the instant.
    [[nodiscard]] std::int64_t day_at(std::chrono::sys_seconds instant) const;

 private:
    explicit LocalZone(const void* zone) : zone_(zone) {}
    const void* zone_;  // a date::time_zone, which lives as long as the process
};

}  // namespace tidemark
