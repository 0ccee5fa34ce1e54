#pragma once
// LocalTime: from a wall clock's reading in a zone of the tz database to the instant.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace date {
class time_zone;
}

namespace tidemark {

// Copies are independent; one thread at a time each. The tz database must outlive it (it is
// loaded once a process).
//
// When the clock is set back, a reading happens twice: the earlier instant is taken. When it is
// set forward, some readings do not happen: there is no instant.
class LocalTime {
 public:
    // Fails with invalid_input for a name that the tz database does not have.
    static Result<LocalTime> make(const std::string& zone);

    // `reading` is seconds since 1970-01-01 00:00:00 of the wall clock itself.
    std::optional<std::int64_t> find_instant(std::int64_t reading) {
        if (zone_ == nullptr) {
            return reading;
        }
        const std::int64_t hour = (reading - ((reading % 3600) + 3600) % 3600) / 3600;
        Hour& cached = hours_[static_cast<std::uint64_t>(hour) % hours_.size()];
        if (cached.hour != hour) {
            look_up(hour, cached);
        }
        return cached.regular ? std::optional(reading - cached.offset_s) : find_irregular(reading);
    }

 private:
    // An hour of the wall clock: `regular` when one offset holds throughout.
    struct Hour {
        std::int64_t hour = INT64_MIN;
        std::int64_t offset_s = 0;
        bool regular = false;
    };

    explicit LocalTime(const date::time_zone* zone) : zone_(zone) {}
    void look_up(std::int64_t hour, Hour& found) const;
    [[nodiscard]] std::optional<std::int64_t> find_irregular(std::int64_t reading) const;

    const date::time_zone* zone_;  // null for UTC
    // Lines come more or less in order, so a few hours serve nearly all of them.
    std::array<Hour, 64> hours_{};
};

}  // namespace tidemark
