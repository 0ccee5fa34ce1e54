#pragma once
// Events of a media library, as newline-delimited JSON: what a site stores, as it changes.
//
//   {"subject":"7Kd0aQ2x","metric":"bytes_stored","value":8123456,"observed_at":"2025-06-01T..Z"}
//
// The two gauges of a site come as two events, from two sources that know nothing of each other.

#include <cstdint>

#include "base/result.h"
#include "domain/utc_day.h"
#include "generate/log_generator.h"

namespace tidemark {

struct MediaEventsOptions {
    std::uint64_t seed = 1;
    UtcDay from = UtcDay::from_days_since_epoch(20240);  // [from, to)
    UtcDay to = UtcDay::from_days_since_epoch(20241);
    std::uint32_t subjects = 300;
    std::int64_t events = 10000;
    double late_share = 0.02;    // delivered behind a newer event of the same site and metric
    double wrong_share = 0.001;  // negative, beyond 64 bits, or not a number
};

// Events in order of delivery. Fails with invalid_input for options out of range.
Result<void> write_media_events(const MediaEventsOptions& options, const LineSink& sink);

}  // namespace tidemark
