#include "logs/lines/clf_time.h"

#include <optional>
#include <string_view>

namespace tidemark {

namespace {

constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";

// The value of two digits; -1 when they are none.
int two_digits(const char* text) {
    const int tens = text[0] - '0';
    const int ones = text[1] - '0';
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

std::optional<std::chrono::sys_seconds> parse_clf_time(std::string_view text) {
    const char* at = text.data();
    const std::size_t month = month_names.find(text.substr(3, 3));
    const int century = two_digits(at + 7);
    const int year = two_digits(at + 9);
    const int day = two_digits(at);
    const int hour = two_digits(at + 12);
    const int minute = two_digits(at + 15);
    const int second = two_digits(at + 18);
    const int offset_hours = two_digits(at + 22);
    const int offset_minutes = two_digits(at + 24);
    const bool forms = at[2] == '/' && at[6] == '/' && at[11] == ':' && at[14] == ':' &&
                       at[17] == ':' && at[20] == ' ' && (at[21] == '+' || at[21] == '-');
    if (!forms || month == std::string_view::npos || month % 3 != 0 || century < 0 || year < 0 ||
        day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 59 || offset_hours < 0 || offset_hours > 23 || offset_minutes < 0 ||
        offset_minutes > 59) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(century * 100 + year),
                                           std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || date.year() == std::chrono::year(0)) {
        return std::nullopt;
    }
    const std::chrono::seconds offset =
        std::chrono::hours(offset_hours) + std::chrono::minutes(offset_minutes);
    const auto local = std::chrono::sys_seconds(std::chrono::sys_days(date)) +
                       std::chrono::hours(hour) + std::chrono::minutes(minute) +
                       std::chrono::seconds(second);
    return at[21] == '+' ? local - offset : local + offset;
}

}  // namespace

bool ClfTime::parse_anew(const char* text, std::chrono::sys_seconds& time) {
    if (text[0] != '[' || text[size - 1] != ']') {
        return false;
    }
    const auto parsed = parse_clf_time({text + 1, size - 2});
    if (!parsed.has_value()) {
        return false;
    }
    // A leap second counts as the second before it and must not be remembered as a minute's.
    const int second = two_digits(text + 19);
    if (second < 60) {
        std::memcpy(last_.data(), text, size);
        last_minute_ = *parsed - std::chrono::seconds(second);
    }
    time = *parsed;
    return true;
}

}  // namespace tidemark
