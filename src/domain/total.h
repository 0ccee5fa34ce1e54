#pragma once
// Checked arithmetic: no sum overflows in silence.
//
// One stored value is an int64. Sums over many of them can exceed it, so a Total has 128 bits: it
// would take 2^64 of the largest values to fill it, more rows than any store holds.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark {

// The sum, or nothing when it does not fit an int64.
[[nodiscard]] std::optional<std::int64_t> checked_add(std::int64_t left, std::int64_t right);

// A signed sum of int64 values.
class Total {
 public:
    __extension__ using Wide = __int128;

    constexpr Total() = default;
    constexpr explicit Total(std::int64_t value) : wide_(value) {}
    static constexpr Total from_wide(Wide wide) { return Total(WideTag{}, wide); }
    [[nodiscard]] constexpr Wide wide() const { return wide_; }

    // Decimal, an optional '-' and at most 39 digits; fails with invalid_input for anything else.
    static Result<Total> parse(std::string_view text);

    constexpr Total& operator+=(std::int64_t value) {
        wide_ += value;
        return *this;
    }
    constexpr Total& operator+=(Total other) {
        wide_ += other.wide_;
        return *this;
    }
    [[nodiscard]] constexpr Total operator-() const { return from_wide(-wide_); }

    // Nothing when the total does not fit an int64.
    [[nodiscard]] std::optional<std::int64_t> to_int64() const;
    [[nodiscard]] std::string to_string() const;

    constexpr auto operator<=>(const Total&) const = default;

 private:
    struct WideTag {};
    constexpr Total(WideTag, Wide wide) : wide_(wide) {}
    Wide wide_ = 0;
};

}  // namespace tidemark
