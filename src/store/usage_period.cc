#include "store/usage_period.h"

#include <array>
#include <chrono>
#include <string>

#include "base/nearest_name.h"

namespace tidemark {

namespace {

constexpr std::array<std::string_view, 4> period_names = {"slot", "day", "month", "total"};

UtcDay first_of_month(UtcDay day) {
    const std::chrono::sys_days days{std::chrono::days(day.days_since_epoch())};
    const std::chrono::year_month_day date{days};
    const auto day_of_month = static_cast<std::int32_t>(static_cast<unsigned>(date.day()));
    return day.plus_days(1 - day_of_month);
}

}  // namespace

std::string_view to_string(UsagePeriod period) {
    return period_names[static_cast<std::size_t>(period)];
}

Result<UsagePeriod> parse_usage_period(std::string_view text) {
    for (std::size_t index = 0; index < period_names.size(); ++index) {
        if (text == period_names[index]) {
            return static_cast<UsagePeriod>(index);
        }
    }
    return Error{ErrorKind::invalid_input,
                 "period '" + std::string(text) + "': expected slot, day, month or total" +
                     did_you_mean(text, period_names)};
}

Slot period_begin(UsagePeriod period, Slot slot, UtcDay from) {
    switch (period) {
        case UsagePeriod::slot:
            return slot;
        case UsagePeriod::day:
            return Slot::of_day(slot.day(), 0);
        case UsagePeriod::month:
            return Slot::of_day(first_of_month(slot.day()), 0);
        case UsagePeriod::total:
            break;
    }
    return Slot::of_day(from, 0);
}

}  // namespace tidemark
