#pragma once
// LineMarks: where the blanks and the quotation marks of a line are. Lines of the combined format
// are known by them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidemark {

struct LineMarks {
    static constexpr std::size_t quotes_max = 7;

    std::uint64_t blanks = 0;  // bit k: byte k, one of the first 64, is a blank or a control
    std::array<std::uint32_t, quotes_max + 64> quotes;  // offsets, rising; quote_count are set
    std::size_t quote_count = 0;
    bool has_backslash = false;  // before the last of the quotes, or anywhere if they are all

    // Finds all quotes, or at least quotes_max of them. line.size() < 4 GB. Reads up to 64 bytes
    // beyond the line's end.
    void find(std::string_view line);

    // The same by a plain loop, for machines without AVX2 and to compare with. Reads nothing
    // beyond the line.
    void find_portably(std::string_view line);
};

}  // namespace tidemark
