#include "logs/lines/time_text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "logs/lines/numbers.h"

namespace tidemark {

namespace {

constexpr std::int64_t seconds_a_day = 86400;
constexpr std::int64_t first_second = -62135596800;  // 0001-01-01 00:00:00
constexpr std::int64_t end_second = 253402300800;    // 10000-01-01 00:00:00

constexpr std::size_t date_length = 10;  // 2016-07-04
constexpr std::size_t clock_length = 8;  // 22:37:26
constexpr std::size_t clf_length = 26;   // 04/Jul/2016:22:37:26 +0200
constexpr std::size_t fraction_max = 9;  // digits

// A calendar date and a clock's reading, each checked on its own. `leap` says second 60, which
// needs the offset to be judged; the reading is that of second 59 then.
struct WallReading {
    std::int64_t seconds = 0;
    bool leap = false;
};

int two_digits(const char* text) {
    if (!is_digit(text[0]) || !is_digit(text[1])) {
        return -1;
    }
    return (text[0] - '0') * 10 + (text[1] - '0');
}

int four_digits(const char* text) {
    const int high = two_digits(text);
    const int low = two_digits(text + 2);
    return high < 0 || low < 0 ? -1 : high * 100 + low;
}

// "22:37:26": seconds since midnight.
std::optional<WallReading> parse_clock(const char* text) {
    const int hour = two_digits(text);
    const int minute = two_digits(text + 3);
    const int second = two_digits(text + 6);
    const bool shaped = text[2] == ':' && text[5] == ':' && hour >= 0 && minute >= 0 && second >= 0;
    if (!shaped || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    const bool leap = second == 60;
    return WallReading{hour * 3600 + minute * 60 + (leap ? 59 : second), leap};
}

// "2016-07-04"
std::optional<std::int32_t> parse_date(const char* text) {
    if (text[4] != '-' || text[7] != '-') {
        return std::nullopt;
    }
    return find_day_number(four_digits(text), two_digits(text + 5), two_digits(text + 8));
}

std::optional<std::chrono::sys_seconds> checked_instant(std::int64_t seconds, bool leap) {
    constexpr std::int64_t last_of_day = seconds_a_day - 1;
    if (seconds < first_second || seconds >= end_second) {
        return std::nullopt;
    }
    if (leap && ((seconds % seconds_a_day) + seconds_a_day) % seconds_a_day != last_of_day) {
        return std::nullopt;
    }
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

// "+0200" or "+02:00", in seconds.
std::optional<std::int64_t> parse_offset(std::string_view text) {
    const bool colon = text.size() == 6 && text[3] == ':';
    if ((text.size() != 5 && !colon) || (text[0] != '+' && text[0] != '-')) {
        return std::nullopt;
    }
    const int hours = two_digits(text.data() + 1);
    const int minutes = two_digits(text.data() + (colon ? 4 : 3));
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return std::nullopt;
    }
    const std::int64_t offset = hours * 3600 + minutes * 60;
    return text[0] == '-' ? -offset : offset;
}

// Takes ".123" off the front; false for a point without digits or with too many.
bool skip_fraction(std::string_view& rest) {
    if (!rest.starts_with('.')) {
        return true;
    }
    std::size_t end = 1;
    while (end < rest.size() && is_digit(rest[end])) {
        ++end;
    }
    if (end == 1 || end > fraction_max + 1) {
        return false;
    }
    rest.remove_prefix(end);
    return true;
}

std::optional<std::chrono::sys_seconds> parse_epoch(std::string_view text) {
    std::string_view fraction = text.substr(std::min(text.find('.'), text.size()));
    const std::string_view digits = text.substr(0, text.size() - fraction.size());
    const std::optional<std::int64_t> count = parse_whole_number(digits);
    if (!count || !skip_fraction(fraction) || !fraction.empty()) {
        return std::nullopt;
    }
    if (digits.size() <= 11) {
        return checked_instant(*count, false);
    }
    if (digits.size() != text.size()) {
        return std::nullopt;
    }
    switch (digits.size()) {
        case 12:
        case 13:
        case 14:
            return checked_instant(*count / 1'000, false);
        case 15:
        case 16:
            return checked_instant(*count / 1'000'000, false);
        case 18:
        case 19:
            return checked_instant(*count / 1'000'000'000, false);
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<std::int32_t> find_day_number(int year, int month, int day) {
    constexpr std::array<std::int8_t, 13> month_lengths = {
        0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) {
        return std::nullopt;
    }
    const bool leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    const int length = month == 2 && leap_year ? 29 : month_lengths[static_cast<unsigned>(month)];
    if (day > length) {
        return std::nullopt;
    }
    // Counted in years that begin in March, so that the leap day is a year's last.
    const int march_year = month > 2 ? year : year - 1;
    const int march_month = month > 2 ? month - 3 : month + 9;
    const int day_of_year = (153 * march_month + 2) / 5 + day - 1;
    constexpr int days_before_1970 = 719468;  // from 0000-03-01
    return march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400 + day_of_year -
           days_before_1970;
}

int parse_month_name(const char* name) {
    constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (std::size_t month = 0; month < 12; ++month) {
        if (std::memcmp(name, names.data() + month * 3, 3) == 0) {
            return static_cast<int>(month) + 1;
        }
    }
    return 0;
}

std::optional<std::chrono::sys_seconds> parse_clf_time(std::string_view text) {
    if (text.size() != clf_length || text[2] != '/' || text[6] != '/' || text[11] != ':' ||
        text[20] != ' ') {
        return std::nullopt;
    }
    const char* const begin = text.data();
    const std::optional<std::int32_t> day =
        find_day_number(four_digits(begin + 7), parse_month_name(begin + 3), two_digits(begin));
    const std::optional<WallReading> clock = parse_clock(begin + 12);
    const std::optional<std::int64_t> offset = parse_offset(text.substr(21));
    if (!day || !clock || !offset) {
        return std::nullopt;
    }
    return checked_instant(*day * seconds_a_day + clock->seconds - *offset, clock->leap);
}

Result<TimeText> TimeText::make(const std::string& zone) {
    TIDEMARK_ASSIGN_OR_RETURN(const LocalTime local, LocalTime::make(zone));
    return TimeText(local);
}

std::optional<std::chrono::sys_seconds> TimeText::parse(std::string_view text) {
    if (text.size() > 2 && text[2] == '/') {
        return parse_clf_time(text);
    }
    if (text.size() > 4 && text[4] == '-') {
        return parse_calendar(text);
    }
    return parse_epoch(text);
}

std::optional<std::chrono::sys_seconds> TimeText::parse(std::string_view date,
                                                        std::string_view time) {
    std::string_view rest = time.substr(std::min(clock_length, time.size()));
    if (date.size() != date_length || time.size() < clock_length || !skip_fraction(rest) ||
        !rest.empty()) {
        return std::nullopt;
    }
    const std::optional<std::int32_t> day = parse_date(date.data());
    const std::optional<WallReading> clock = parse_clock(time.data());
    if (!day || !clock) {
        return std::nullopt;
    }
    const std::optional<std::int64_t> instant =
        local_.find_instant(*day * seconds_a_day + clock->seconds);
    return instant ? checked_instant(*instant, clock->leap) : std::nullopt;
}

// "2016-07-04T22:37:26.123+02:00", or without an offset.
std::optional<std::chrono::sys_seconds> TimeText::parse_calendar(std::string_view text) {
    constexpr std::size_t clock_begin = date_length + 1;
    if (text.size() < clock_begin + clock_length) {
        return std::nullopt;
    }
    const char between = text[date_length];
    const std::string_view date = text.substr(0, date_length);
    const std::string_view clock_text = text.substr(clock_begin);
    std::string_view rest = clock_text.substr(clock_length);
    if ((between != 'T' && between != 't' && between != ' ') || !skip_fraction(rest)) {
        return std::nullopt;
    }
    if (rest.empty()) {
        return parse(date, clock_text);
    }
    const bool utc = rest == "Z" || rest == "z";
    const std::optional<std::int64_t> offset =
        utc ? std::optional<std::int64_t>(0) : parse_offset(rest);
    const std::optional<std::int32_t> day = parse_date(date.data());
    const std::optional<WallReading> clock = parse_clock(clock_text.data());
    if (!day || !clock || !offset) {
        return std::nullopt;
    }
    return checked_instant(*day * seconds_a_day + clock->seconds - *offset, clock->leap);
}

}  // namespace tidemark
