#include "base/duration.h"

#include <array>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

namespace tidemark {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t length_ms;
};

// The largest first.
constexpr std::array units = {Unit{"d", 86'400'000},
                              Unit{"h", 3'600'000},
                              Unit{"m", 60'000},
                              Unit{"s", 1'000},
                              Unit{"ms", 1}};

constexpr std::size_t digits_max = 9;

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [digits_end, error] = std::from_chars(text.data(), end, number);
    const auto digit_count = static_cast<std::size_t>(digits_end - text.data());
    const std::string_view name(digits_end, static_cast<std::size_t>(end - digits_end));
    for (const Unit& unit : units) {
        if (error == std::errc() && number >= 0 && digit_count <= digits_max && name == unit.name) {
            return std::chrono::milliseconds(number * unit.length_ms);
        }
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("duration '{}': expected a whole number and a unit, as in 500ms, 90s, "
                             "45m, 2h or 62d",
                             text)};
}

std::string to_string(std::chrono::milliseconds duration) {
    for (const Unit& unit : units) {
        if (duration.count() % unit.length_ms == 0 && duration.count() >= unit.length_ms) {
            return fmt::format("{}{}", duration.count() / unit.length_ms, unit.name);
        }
    }
    return "0s";
}

}  // namespace tidemark
