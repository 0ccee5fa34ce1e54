#include "sync/sync_time.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace tidemark {

namespace {

struct Unit {
    char letter;
    std::int64_t seconds;
};

constexpr std::array units = {Unit{'d', 86400}, Unit{'h', 3600}, Unit{'m', 60}, Unit{'s', 1}};

// The value of two digits below `bound`; -1 otherwise.
int two_digits(std::string_view text, int bound) {
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') {
        return -1;
    }
    const int value = (text[0] - '0') * 10 + (text[1] - '0');
    return value < bound ? value : -1;
}

}  // namespace

Result<std::chrono::sys_seconds> parse_instant(std::string_view text) {
    const auto wrong = [text] {
        return Error{ErrorKind::invalid_input,
                     fmt::format("instant '{}': expected YYYY-MM-DDTHH:MM:SSZ", text)};
    };
    if (text.size() != 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        text[19] != 'Z') {
        return wrong();
    }
    const Result<UtcDay> day = UtcDay::parse(text.substr(0, 10));
    const int hour = two_digits(text.substr(11, 2), 24);
    const int minute = two_digits(text.substr(14, 2), 60);
    const int second = two_digits(text.substr(17, 2), 60);
    if (!day.has_value() || hour < 0 || minute < 0 || second < 0) {
        return wrong();
    }
    return day->begin() + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

std::string instant_text(std::chrono::sys_seconds instant) {
    const UtcDay day = UtcDay::containing(instant);
    const std::chrono::hh_mm_ss time(instant - day.begin());
    return fmt::format("{}T{:02}:{:02}:{:02}Z",
                       day.to_string(),
                       time.hours().count(),
                       time.minutes().count(),
                       time.seconds().count());
}

std::string spoken_duration(std::chrono::seconds duration) {
    std::int64_t left = duration.count();
    for (std::size_t i = 0; i + 1 < units.size(); ++i) {
        const std::int64_t large = left / units[i].seconds;
        if (large > 0) {
            left %= units[i].seconds;
            const std::int64_t small = left / units[i + 1].seconds;
            return small == 0
                       ? fmt::format("{}{}", large, units[i].letter)
                       : fmt::format(
                             "{}{} {}{}", large, units[i].letter, small, units[i + 1].letter);
        }
    }
    return fmt::format("{}s", left);
}

}  // namespace tidemark
