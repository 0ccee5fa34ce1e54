#pragma once
// Splitting a line into columns, no further than the last one that is needed.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace tidemark {

// Puts the line's first columns into `columns`, those that it has not as empty texts, and returns
// how many columns the whole line has: one more than separators.
inline std::size_t split_columns(std::string_view line,
                                 char separator,
                                 std::span<std::string_view> columns) {
    const char* at = line.data();
    const char* const end = at + line.size();
    for (std::size_t found = 0; found < columns.size(); ++found) {
        const auto* const stop = static_cast<const char*>(
            std::memchr(at, separator, static_cast<std::size_t>(end - at)));
        if (stop == nullptr) {
            columns[found] = {at, static_cast<std::size_t>(end - at)};
            std::ranges::fill(columns.subspan(found + 1), std::string_view());
            return found + 1;
        }
        columns[found] = {at, static_cast<std::size_t>(stop - at)};
        at = stop + 1;
    }
    return columns.size() + 1 + static_cast<std::size_t>(std::count(at, end, separator));
}

}  // namespace tidemark
