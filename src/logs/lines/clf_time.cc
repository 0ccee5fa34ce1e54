#include "logs/lines/clf_time.h"

#include <optional>

#include "logs/lines/time_text.h"

namespace tidemark {

namespace {

// The value of two digits; -1 when they are none.
int two_digits(const char* text) {
    const int tens = text[0] - '0';
    const int ones = text[1] - '0';
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
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
