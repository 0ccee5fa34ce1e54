#pragma once
// Decimal numbers at the speed of the combined format's hot path.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tidemark {

// Reads the digits that `text` begins with: their number, and their value in `value`; 0 when there
// are none or when they are more than an int64 holds. Eight bytes from text.data() can be read.
[[gnu::always_inline]] inline std::size_t read_digits(std::string_view text, std::int64_t& value) {
    if constexpr (std::endian::native == std::endian::little) {
        // Eight bytes at once: a byte is a digit when it is 0 to 9 after `^ '0'`; the digits are
        // moved to the top, so that zeros stand before them, and added up pair by pair.
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        word ^= 0x3030303030303030U;
        const std::uint64_t others = ((word + 0x7676767676767676U) | word) & 0x8080808080808080U;
        const auto count = static_cast<std::size_t>(std::countr_zero(others)) / 8;
        if (count > 0 && count < 8 && count <= text.size()) [[likely]] {
            word <<= 64 - 8 * count;
            word = word * 10 + (word >> 8U);
            word = ((word & 0x000000ff000000ffU) * 0x000f424000000064U +
                    ((word >> 16U) & 0x000000ff000000ffU) * 0x0000271000000001U) >>
                   32U;
            value = static_cast<std::int64_t>(word & 0xffffffffU);
            return count;
        }
    }
    std::int64_t sum = 0;
    std::size_t count = 0;
    for (; count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count) {
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, text[count] - '0', &sum)) {
            return 0;
        }
    }
    value = sum;
    return count;
}

}  // namespace tidemark
