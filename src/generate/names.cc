#include "generate/names.h"

#include <string_view>

namespace tidemark {

namespace {

constexpr std::string_view letters =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view letters_64 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzEe";
constexpr std::string_view analytics_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+_";

}  // namespace

std::string site_name(std::uint32_t index) {
    constexpr std::uint64_t names = 218340105584896;  // 62^8
    // Odd and no multiple of 31: the product modulo 62^8 meets every name once.
    constexpr std::uint64_t multiplier = 83486301945157;
    __extension__ using Wide = unsigned __int128;
    auto number = static_cast<std::uint64_t>((static_cast<Wide>(index) + 1) * multiplier % names);
    std::string name(8, '0');
    for (char& character : name) {
        character = letters[number % letters.size()];
        number /= letters.size();
    }
    return name;
}

std::string analytics_name(std::uint32_t index) {
    std::string name = site_name(index);
    std::uint64_t bits = mix(index + 0x51ED270B9F1AU);
    for (int count = 0; count < 7; ++count) {
        name.push_back(analytics_letters[bits & 63U]);
        bits >>= 6U;
    }
    bits = mix(bits + index);
    for (int count = 0; count < 7; ++count) {
        name.push_back(analytics_letters[bits & 63U]);
        bits >>= 6U;
    }
    return name;
}

char* write_letters(std::uint64_t value, int count, char* out) {
    for (int written = 0; written < count; ++written) {
        *out++ = letters_64[value & 63U];
        value >>= 6U;
    }
    return out;
}

}  // namespace tidemark
