#pragma once
// Time spans as people write them in a plan: "30s", "8m", "2h", "1d", "500ms", "1h30m".

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark::simulate {

// One or more of a number and its unit, largest unit first not required; units are us, ms, s, m, h,
// d. Numbers may be broken ("1.5h"). Fails with invalid_input for anything else, without a unit,
// and beyond 1,000 days.
Result<std::chrono::microseconds> parse_duration(std::string_view text);

// The shortest of these: "1h30m", "0s".
std::string duration_text(std::chrono::microseconds span);

// Bytes as people write them: "50GB" is 50 * 10^9, "50GiB" is 50 * 2^30; a bare number is bytes.
// Fails with invalid_input.
Result<std::int64_t> parse_size(std::string_view text);

// In decimal units, three digits: "1.23 GB".
std::string size_text(double bytes);

}  // namespace tidemark::simulate
