#pragma once
// The numbers of a log line. Inline, because every line has some.

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "logs/lines/log_record.h"

namespace tidemark {

inline bool is_digit(char character) {
    return static_cast<unsigned char>(character - '0') <= 9;
}

// Decimal digits and nothing else, at least one, up to int64; leading zeros are allowed.
inline std::optional<std::int64_t> parse_whole_number(std::string_view digits) {
    constexpr std::size_t safe_digits = 18;  // never beyond int64
    if (digits.empty()) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    if (digits.size() <= safe_digits) {
        for (const char digit : digits) {
            if (!is_digit(digit)) {
                return std::nullopt;
            }
            value = value * 10 + static_cast<std::uint64_t>(digit - '0');
        }
        return static_cast<std::int64_t>(value);
    }
    constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    for (const char digit : digits) {
        if (!is_digit(digit)) {
            return std::nullopt;
        }
        const auto step = static_cast<std::uint64_t>(digit - '0');
        if (value > (limit - step) / 10) {
            return std::nullopt;
        }
        value = value * 10 + step;
    }
    return static_cast<std::int64_t>(value);
}

struct ByteCount {
    std::int64_t bytes = 0;
    bool valid = false;
    RejectReason reason = RejectReason::bad_bytes;  // when not valid
};

// A whole number; a lone "-" is 0, as Apache writes it. "-5" is told apart from what is no number.
inline ByteCount parse_byte_count(std::string_view text) {
    if (const std::optional<std::int64_t> bytes = parse_whole_number(text)) {
        return {.bytes = *bytes, .valid = true};
    }
    if (text == "-") {
        return {.valid = true};
    }
    const bool negative = text.size() > 1 && text[0] == '-' && parse_whole_number(text.substr(1));
    return {.reason = negative ? RejectReason::negative_bytes : RejectReason::bad_bytes};
}

// Three digits from 100; 0 for "000", "0", "-" and nothing: no status was sent.
inline std::optional<int> parse_status(std::string_view text) {
    if (text.size() == 3 && is_digit(text[0]) && is_digit(text[1]) && is_digit(text[2])) {
        const int status = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
        return status == 0 || status >= 100 ? std::optional(status) : std::nullopt;
    }
    return text.empty() || text == "-" || text == "0" ? std::optional(0) : std::nullopt;
}

}  // namespace tidemark
