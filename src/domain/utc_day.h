#pragma once
// UtcDay names one calendar day in UTC: the unit in which usage is folded, sealed and reported.

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark {

class UtcDay {
 public:
    // Accepts exactly "YYYY-MM-DD" (years 0001 to 9999). Fails with invalid_input for any other
    // text and for days that do not exist (2023-02-29).
    static Result<UtcDay> parse(std::string_view text);

    // The day that holds the instant; years 0001 to 9999 only, which callers have checked.
    static UtcDay containing(std::chrono::sys_seconds instant);

    // Days since 1970-01-01, which is day 0; earlier days are negative.
    static constexpr UtcDay from_days_since_epoch(std::int32_t days) { return UtcDay(days); }
    [[nodiscard]] constexpr std::int32_t days_since_epoch() const { return days_; }

    // Half-open: [begin, end). end() == next().begin().
    [[nodiscard]] std::chrono::sys_seconds begin() const {
        return std::chrono::sys_days(std::chrono::days(days_));
    }
    [[nodiscard]] std::chrono::sys_seconds end() const { return next().begin(); }
    [[nodiscard]] constexpr UtcDay next() const { return UtcDay(days_ + 1); }
    [[nodiscard]] constexpr UtcDay plus_days(std::int32_t days) const {
        return UtcDay(days_ + days);
    }

    // "YYYY-MM-DD".
    [[nodiscard]] std::string to_string() const;

    constexpr auto operator<=>(const UtcDay&) const = default;

 private:
    explicit constexpr UtcDay(std::int32_t days) : days_(days) {}
    std::int32_t days_;
};

}  // namespace tidemark
