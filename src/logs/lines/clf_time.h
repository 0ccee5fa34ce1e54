#pragma once
// ClfTime: the time of the common log format, "[17/May/2015:10:05:03 +0000]".

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tidemark {

// Reads times exactly: days that exist, offsets that do, instants of the years 0001 to 9999.
// Remembers the last day with its offset, since nearly all lines of a file share it: what is left
// to read is the clock. One thread at a time.
class ClfTime {
 public:
    static constexpr std::size_t size = 28;  // with its brackets

    // Reads the `size` bytes at `text`; false when they are no time.
    [[nodiscard]] bool parse(const char* text, std::chrono::sys_seconds& time) {
        const int second_of_day = read_clock(text + clock_begin);
        if (second_of_day >= 0 && is_of_last_day(text)) [[likely]] {
            time = last_day_ + std::chrono::seconds(second_of_day);
            return true;
        }
        return parse_anew(text, time);
    }

 private:
    static constexpr std::size_t clock_begin = 13;
    static constexpr std::size_t clock_end = 21;

    template <typename Word>
    static Word load(const char* bytes) {
        Word word = 0;
        std::memcpy(&word, bytes, sizeof word);
        return word;
    }

    // "10:05:03" in seconds; -1 for anything else, for a leap second, and on machines that number
    // bytes from the other end.
    static int read_clock(const char* text) {
        if constexpr (std::endian::native != std::endian::little) {
            return -1;
        }
        // After the exclusive or with "00:00:00" each byte is at most the largest digit of its
        // place, 0 for the colons; adding what lacks to 127 shows a larger one in the top bit.
        constexpr std::uint64_t zeros = 0x30303a30303a3030U;
        constexpr std::uint64_t lacking = 0x767a7f767a7f767dU;
        constexpr std::uint64_t top_bits = 0x8080808080808080U;
        const std::uint64_t digits = load<std::uint64_t>(text) ^ zeros;
        const std::uint64_t pairs = digits * 10 + (digits >> 8U);
        const auto hour = static_cast<int>(pairs & 0xffU);
        const auto minute = static_cast<int>((pairs >> 24U) & 0xffU);
        const auto second = static_cast<int>((pairs >> 48U) & 0xffU);
        const bool shaped = (((digits + lacking) | digits) & top_bits) == 0 && hour < 24;
        return shaped ? hour * 3600 + minute * 60 + second : -1;
    }

    // All is equal but the clock: bytes 0 to 12 and 21 to 27.
    [[nodiscard]] bool is_of_last_day(const char* text) const {
        const char* last = last_.data();
        return ((load<std::uint64_t>(text) ^ load<std::uint64_t>(last)) |
                (load<std::uint64_t>(text + 5) ^ load<std::uint64_t>(last + 5)) |
                (load<std::uint32_t>(text + 21) ^ load<std::uint32_t>(last + 21)) |
                (load<std::uint32_t>(text + 24) ^ load<std::uint32_t>(last + 24))) == 0;
    }

    bool parse_anew(const char* text, std::chrono::sys_seconds& time);
    void remember_day(const char* text);

    std::array<char, size> last_{};        // its clock is of no matter
    std::chrono::sys_seconds last_day_{};  // when its clock is 00:00:00
};

}  // namespace tidemark
