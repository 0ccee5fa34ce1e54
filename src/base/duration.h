#pragma once
// Durations as people write them: a whole number and a unit.

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark {

// "500ms", "90s", "45m", "2h", "62d"; up to nine digits, 0 too. Fails with invalid_input.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// The same with the largest unit that leaves a whole number: "2h", not "120m".
std::string to_string(std::chrono::milliseconds duration);

}  // namespace tidemark
