#include "logs/lines/clf_time.h"

#include <optional>
#include <string_view>

#include "logs/lines/time_text.h"

namespace tidemark {

bool ClfTime::parse_anew(const char* text, std::chrono::sys_seconds& time) {
    if (text[0] != '[' || text[size - 1] != ']') {
        return false;
    }
    const auto parsed = parse_clf_time({text + 1, size - 2});
    if (!parsed.has_value()) {
        return false;
    }
    time = *parsed;
    remember_day(text);
    return true;
}

// Only a day that is one from its first second to its last: an offset can move a part of it out of
// the years that there are.
void ClfTime::remember_day(const char* text) {
    std::array<char, size> day{};
    std::memcpy(day.data(), text, size);
    const auto at_clock = [&day](std::string_view clock) {
        std::memcpy(day.data() + clock_begin, clock.data(), clock_end - clock_begin);
        return parse_clf_time({day.data() + 1, size - 2});
    };
    const auto first = at_clock("00:00:00");
    if (first.has_value() && at_clock("23:59:59").has_value()) {
        last_ = day;
        last_day_ = *first;
    }
}

}  // namespace tidemark
