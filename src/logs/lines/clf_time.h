#pragma once
// ClfTime: the time of the common log format, "[17/May/2015:10:05:03 +0000]".

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tidemark {

// Reads times exactly: days that exist, offsets that do, instants of the years 0001 to 9999.
// Remembers the last minute, since lines come in runs of it. One thread at a time.
class ClfTime {
 public:
    static constexpr std::size_t size = 28;  // with its brackets

    // Reads the `size` bytes at `text`; false when they are no time.
    [[nodiscard]] bool parse(const char* text, std::chrono::sys_seconds& time) {
        const auto tens = static_cast<unsigned>(text[19] - '0');
        const auto ones = static_cast<unsigned>(text[20] - '0');
        if (is_of_last_minute(text) && tens < 6 && ones < 10) [[likely]] {
            time = last_minute_ + std::chrono::seconds(tens * 10 + ones);
            return true;
        }
        return parse_anew(text, time);
    }

 private:
    template <typename Word>
    static bool equal(const char* left, const char* right) {
        Word left_word = 0;
        Word right_word = 0;
        std::memcpy(&left_word, left, sizeof left_word);
        std::memcpy(&right_word, right, sizeof right_word);
        return left_word == right_word;
    }

    // All is equal but the seconds, bytes 19 and 20.
    [[nodiscard]] bool is_of_last_minute(const char* text) const {
        const char* last = last_.data();
        return equal<std::uint64_t>(text, last) && equal<std::uint64_t>(text + 8, last + 8) &&
               equal<std::uint64_t>(text + 11, last + 11) &&
               equal<std::uint32_t>(text + 21, last + 21) &&
               equal<std::uint32_t>(text + 24, last + 24);
    }

    bool parse_anew(const char* text, std::chrono::sys_seconds& time);

    std::array<char, size> last_{};
    std::chrono::sys_seconds last_minute_{};
};

}  // namespace tidemark
