#include "domain/utc_day.h"

#include <fmt/format.h>

namespace tidemark {

namespace {

// The value of `digits`, all of them decimal; -1 otherwise.
int parse_digits(std::string_view digits) {
    int value = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '9') {
            return -1;
        }
        value = value * 10 + (digit - '0');
    }
    return value;
}

}  // namespace

Result<UtcDay> UtcDay::parse(std::string_view text) {
    const auto wrong = [text] {
        return Error{ErrorKind::invalid_input,
                     fmt::format("day '{}': expected an existing day as YYYY-MM-DD", text)};
    };
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return wrong();
    }
    const int year = parse_digits(text.substr(0, 4));
    const int month = parse_digits(text.substr(5, 2));
    const int day = parse_digits(text.substr(8, 2));
    if (year < 1 || month < 1 || day < 1) {
        return wrong();
    }
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) {
        return wrong();
    }
    return UtcDay(
        static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count()));
}

UtcDay UtcDay::containing(std::chrono::sys_seconds instant) {
    return UtcDay(static_cast<std::int32_t>(
        std::chrono::floor<std::chrono::days>(instant).time_since_epoch().count()));
}

// By hand where a year has four digits: an answer by the day names each of them.
std::string UtcDay::to_string() const {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days_))};
    const int year = static_cast<int>(date.year());
    const auto month = static_cast<unsigned>(date.month());
    const auto day = static_cast<unsigned>(date.day());
    if (year < 0 || year > 9999) {
        return fmt::format("{:04}-{:02}-{:02}", year, month, day);
    }
    std::string text = "0000-00-00";
    const auto put = [&text](std::size_t last, unsigned number) {
        for (; number > 0; number /= 10) {
            text[last--] = static_cast<char>('0' + number % 10);
        }
    };
    put(3, static_cast<unsigned>(year));
    put(6, month);
    put(9, day);
    return text;
}

}  // namespace tidemark
