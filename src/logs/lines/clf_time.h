#pragma once
// ClfTime: the time of the common log format, "[17/May/2015:10:05:03 +0000]".

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tidemark {

// Reads times exactly: days that exist, offsets that do, instants of the years 0001 to 9999.
// Remembers the last minute, since lines come in runs of it. One thread at a time.
class ClfTime {
 public:
    static constexpr std::size_t size = 28;  // with its brackets

    // Of the `size` bytes at `text`; nothing when they are no time.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> parse(const char* text) {
        std::array<std::uint64_t, 4> words{};
        load(text, words);
        const auto tens = static_cast<unsigned>(text[19] - '0');
        const auto ones = static_cast<unsigned>(text[20] - '0');
        if (words == last_words_ && tens < 6 && ones < 10) [[likely]] {
            return last_minute_ + std::chrono::seconds(tens * 10 + ones);
        }
        return parse_anew(text);
    }

 private:
    // All but the seconds, which differ within the minute.
    static void load(const char* text, std::array<std::uint64_t, 4>& words);

    std::optional<std::chrono::sys_seconds> parse_anew(const char* text);

    std::array<std::uint64_t, 4> last_words_{};
    std::chrono::sys_seconds last_minute_{};
};

}  // namespace tidemark
