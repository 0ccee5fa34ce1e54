#pragma once
// Cron's five fields, in UTC: minute, hour, day of month, month, day of week.

#include <bitset>
#include <chrono>
#include <string_view>

#include "base/result.h"

namespace tidemark::simulate {

// Understands `*`, numbers, lists, ranges, steps (`*/2`, `10-50/20`) and the English names of
// months and days. As in every cron, a day must match one of the two day fields when both are
// restricted (neither begins with `*`), else both. Sunday is 0 and 7.
class Cron {
 public:
    // Fails with invalid_input, naming the field.
    static Result<Cron> parse(std::string_view text);

    // Whether a run starts in the minute that holds the instant.
    [[nodiscard]] bool matches(std::chrono::sys_seconds instant) const;

 private:
    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;
    std::bitset<13> months_;
    std::bitset<7> weekdays_;
    bool days_restricted_ = false;
    bool weekdays_restricted_ = false;
};

}  // namespace tidemark::simulate
