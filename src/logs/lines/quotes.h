#pragma once
// Quotes: where the quotation marks of a line are. The combined format is known by them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidemark {

// The first marks of a line; whether a backslash comes before the last of them is told, because it
// may escape one.
struct Quotes {
    static constexpr std::size_t count_max = 7;

    std::array<std::uint32_t, count_max + 64> at;  // offsets, rising; only `count` are set
    std::size_t count = 0;
    bool has_backslash = false;
};

// Finds all marks, or at least count_max of them where there are more. line.size() < 4 GB. Reads up
// to 64 bytes beyond the line's end.
void find_quotes(std::string_view line, Quotes& quotes);

// The same by a plain loop, for machines without AVX2 and to compare with.
void find_quotes_portably(std::string_view line, Quotes& quotes);

}  // namespace tidemark
