#pragma once
// What to generate: every parameter with its measured default.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/utc_day.h"

namespace tidemark {

enum class GeneratedFormat : std::uint8_t {
    combined,     // Apache and nginx
    fastly,       // JSON lines behind a syslog prefix
    fastly_text,  // %h %l %u %t "%r" %>s %b
    edgecast,
    cloudfront,
    w3c,
    json,
    delimited,  // tab-separated, with a header line
    ping,       // the players' beacon, in combined lines
};

std::string_view to_string(GeneratedFormat format);
std::vector<std::string_view> generated_format_names();
// Fails with invalid_input, naming the nearest known format.
Result<GeneratedFormat> parse_generated_format(std::string_view text);

// How far an event's time lies before the place of its line in the log. The shares add up to 1;
// within each range the lag is uniform. Real feeds: nearly all within a minute, and CloudFront
// states 24 hours as its bound.
struct Disorder {
    double within_minute = 0.95;
    double within_half_hour = 0.04;
    double within_day = 0.009;  // the rest: up to three days
};

// Subjects and objects follow Zipf's law; times follow the day's shape; sizes mix pages
// (log-normal, mu 9.33, sigma 1.77), video segments (median 1 MB, sigma 0.6) and rare whole films
// (10 MB to 2 GB), so that sums leave 32 bits behind.
struct GenerateOptions {
    GeneratedFormat format = GeneratedFormat::combined;
    std::uint64_t seed = 1;

    // Days of the lines, [from, to).
    UtcDay from = UtcDay::from_days_since_epoch(20240);  // 2025-06-01
    UtcDay to = UtcDay::from_days_since_epoch(20241);

    // How much: lines, or about as many bytes (within 1 %) when `bytes` is not 0.
    std::int64_t lines = 100000;
    std::int64_t bytes = 0;

    std::uint32_t subjects = 300;
    double subject_skew = 1.2;     // Zipf's exponent; 0: all alike
    std::uint32_t objects = 2000;  // media a subject
    double object_skew = 1.05;
    double segment_share = 0.55;  // video segments
    double film_share = 0.0004;   // whole files
    bool diurnal = true;          // false: even over the day

    bool disordered = true;
    Disorder disorder;
    double ahead_share = 0.0005;      // clocks and zones wrong: up to 8 hours ahead
    double malformed_share = 0.0001;  // 0.05 is hostile
    double repeated_share = 0.002;    // equal lines that are distinct requests

    int threads = 1;  // never changes what is written
};

// Fails with invalid_input, naming the first option that is out of range.
Result<void> check(const GenerateOptions& options);

}  // namespace tidemark
