#pragma once
// When to poll: every so often, or at the times of a cron expression, in UTC.

#include <array>
#include <bitset>
#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace tidemark {

class PollSchedule {
 public:
    // "500ms", "30s", "2m", "6h"; or five fields of cron: minute, hour, day of month, month, day of
    // week (0 to 7, Sunday is both), each *, a number, a range 1-5, any with a step /2, and lists
    // of them. As cron has it, a day matches by either of its two fields when both are given.
    // Fails with invalid_input, naming the field, and for times that never come (30 February).
    static Result<PollSchedule> parse(std::string_view text);

    // The first time after `instant`; of a duration, so long after it.
    [[nodiscard]] Timestamp next_after(Timestamp instant) const;

 private:
    static constexpr std::size_t field_count = 5;
    using Field = std::bitset<60>;

    [[nodiscard]] bool matches_day(std::chrono::sys_days day) const;

    std::chrono::milliseconds every_{0};  // 0: by the fields
    std::array<Field, field_count> fields_;
    bool any_day_of_month_ = true;
    bool any_day_of_week_ = true;
};

}  // namespace tidemark
