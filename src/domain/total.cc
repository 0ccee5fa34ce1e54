#include "domain/total.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tidemark {

namespace {
__extension__ using UnsignedWide = unsigned __int128;
}  // namespace

std::optional<std::int64_t> checked_add(std::int64_t left, std::int64_t right) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(left, right, &sum)) {
        return std::nullopt;
    }
    return sum;
}

Result<Total> Total::parse(std::string_view text) {
    const auto wrong = [text] {
        return Error{ErrorKind::invalid_input,
                     fmt::format("total '{}': expected an integer", text)};
    };
    const bool negative = text.starts_with('-');
    const std::string_view digits = text.substr(negative ? 1 : 0);
    if (digits.empty()) {
        return wrong();
    }
    Wide wide = 0;
    for (const char digit : digits) {
        // Built on the negative side, which reaches one further than the positive one.
        if (digit < '0' || digit > '9' || __builtin_mul_overflow(wide, Wide{10}, &wide) ||
            __builtin_sub_overflow(wide, Wide{digit - '0'}, &wide)) {
            return wrong();
        }
    }
    if (!negative && __builtin_sub_overflow(Wide{0}, wide, &wide)) {
        return wrong();
    }
    return from_wide(wide);
}

std::optional<std::int64_t> Total::to_int64() const {
    if (wide_ < std::numeric_limits<std::int64_t>::min() ||
        wide_ > std::numeric_limits<std::int64_t>::max()) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(wide_);
}

std::string Total::to_string() const {
    auto magnitude = static_cast<UnsignedWide>(wide_);
    if (wide_ < 0) {
        magnitude = 0 - magnitude;
    }
    std::string digits;
    do {
        digits += static_cast<char>('0' + static_cast<int>(magnitude % 10));
        magnitude /= 10;
    } while (magnitude != 0);
    if (wide_ < 0) {
        digits += '-';
    }
    std::reverse(digits.begin(), digits.end());
    return digits;
}

}  // namespace tidemark
