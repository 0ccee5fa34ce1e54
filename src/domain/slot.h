#pragma once
// Slot names one half-open interval of 30 minutes in UTC; a day has 48, numbered from 0.

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

#include "domain/utc_day.h"

namespace tidemark {

class Slot {
 public:
    static constexpr std::int64_t seconds = 1800;
    static constexpr int per_day = 48;

    static constexpr Slot containing(std::chrono::sys_seconds instant) {
        const std::int64_t since_epoch = instant.time_since_epoch().count();
        const std::int64_t remainder = ((since_epoch % seconds) + seconds) % seconds;
        return from_index(static_cast<std::int32_t>((since_epoch - remainder) / seconds));
    }

    // index_in_day is in [0, 48).
    static constexpr Slot of_day(UtcDay day, int index_in_day) {
        return from_index(day.days_since_epoch() * per_day + index_in_day);
    }

    // Slots since 1970-01-01T00:00Z, which begins slot 0; earlier slots are negative.
    static constexpr Slot from_index(std::int32_t index) { return Slot(index); }
    [[nodiscard]] constexpr std::int32_t index() const { return index_; }

    // [begin, end)
    [[nodiscard]] constexpr std::chrono::sys_seconds begin() const {
        return std::chrono::sys_seconds(std::chrono::seconds(index_ * seconds));
    }
    [[nodiscard]] constexpr std::chrono::sys_seconds end() const { return next().begin(); }
    [[nodiscard]] constexpr Slot next() const { return Slot(index_ + 1); }

    [[nodiscard]] constexpr UtcDay day() const {
        return UtcDay::from_days_since_epoch((index_ - index_in_day()) / per_day);
    }
    [[nodiscard]] constexpr int index_in_day() const {
        return ((index_ % per_day) + per_day) % per_day;
    }

    // The slot's begin, "YYYY-MM-DDTHH:MMZ".
    [[nodiscard]] std::string to_string() const;

    constexpr auto operator<=>(const Slot&) const = default;

 private:
    explicit constexpr Slot(std::int32_t index) : index_(index) {}
    std::int32_t index_;
};

}  // namespace tidemark
