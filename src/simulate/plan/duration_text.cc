#include "simulate/plan/duration_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace tidemark::simulate {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t us;
};

constexpr std::array<Unit, 6> units = {{{"d", 86'400'000'000},
                                        {"h", 3'600'000'000},
                                        {"m", 60'000'000},
                                        {"s", 1'000'000},
                                        {"ms", 1'000},
                                        {"us", 1}}};
constexpr double longest_us = 1000.0 * 86'400'000'000.0;

Error not_a_duration(std::string_view text) {
    return {ErrorKind::invalid_input,
            fmt::format("'{}' is no time span; expected a number and us, ms, s, m, h or d, as in "
                        "30s, 8m, 1h30m",
                        text)};
}

// The number at the front of `rest`, which it is taken from; a negative or absent one is -1.
double take_number(std::string_view& rest) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !(number >= 0)) {
        return -1;
    }
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return number;
}

std::string_view take_letters(std::string_view& rest) {
    std::size_t length = 0;
    while (length < rest.size() && ((rest[length] >= 'a' && rest[length] <= 'z') ||
                                    (rest[length] >= 'A' && rest[length] <= 'Z'))) {
        ++length;
    }
    const std::string_view letters = rest.substr(0, length);
    rest.remove_prefix(length);
    return letters;
}

}  // namespace

Result<std::chrono::microseconds> parse_duration(std::string_view text) {
    std::string_view rest = text;
    double sum_us = 0;
    do {
        const double number = take_number(rest);
        const std::string_view name = take_letters(rest);
        const Unit* found = nullptr;
        for (const Unit& unit : units) {
            found = unit.name == name ? &unit : found;
        }
        if (number < 0 || found == nullptr) {
            return not_a_duration(text);
        }
        sum_us += number * static_cast<double>(found->us);
    } while (!rest.empty());
    if (sum_us > longest_us) {
        return not_a_duration(text);
    }
    return std::chrono::microseconds(std::llround(sum_us));
}

std::string duration_text(std::chrono::microseconds span) {
    std::int64_t rest_us = span.count();
    std::string text;
    for (const Unit& unit : units) {
        if (rest_us >= unit.us) {
            text += fmt::format("{}{}", rest_us / unit.us, unit.name);
            rest_us %= unit.us;
        }
    }
    return text.empty() ? "0s" : text;
}

Result<std::int64_t> parse_size(std::string_view text) {
    static constexpr std::array<Unit, 10> sizes = {{{"", 1},
                                                    {"B", 1},
                                                    {"kB", 1'000},
                                                    {"MB", 1'000'000},
                                                    {"GB", 1'000'000'000},
                                                    {"TB", 1'000'000'000'000},
                                                    {"KiB", std::int64_t{1} << 10U},
                                                    {"MiB", std::int64_t{1} << 20U},
                                                    {"GiB", std::int64_t{1} << 30U},
                                                    {"TiB", std::int64_t{1} << 40U}}};
    std::string_view rest = text;
    const double number = take_number(rest);
    for (const Unit& size : sizes) {
        const double bytes = number * static_cast<double>(size.us);
        if (number >= 0 && size.name == rest && bytes < 9e18) {
            return std::llround(bytes);
        }
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("'{}' is no size; expected a number and kB, MB, GB, TB, KiB, MiB, GiB "
                             "or TiB, as in 50GB",
                             text)};
}

std::string size_text(double bytes) {
    for (const auto& [unit, size] :
         {std::pair{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}}) {
        if (bytes >= size) {
            const double value = bytes / size;
            const int digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
            return fmt::format("{:.{}f} {}", value, digits, unit);
        }
    }
    return fmt::format("{:.0f} B", bytes);
}

}  // namespace tidemark::simulate
