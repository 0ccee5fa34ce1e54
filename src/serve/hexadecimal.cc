#include "serve/hexadecimal.h"

namespace tidemark {

namespace {

constexpr std::string_view all_digits = "0123456789abcdef";

}  // namespace

std::string to_hexadecimal(std::string_view bytes) {
    std::string digits;
    digits.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        digits += all_digits[value / 16];
        digits += all_digits[value % 16];
    }
    return digits;
}

std::optional<std::string> from_hexadecimal(std::string_view digits) {
    if (digits.size() % 2 != 0) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(digits.size() / 2);
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const std::size_t high = all_digits.find(digits[i]);
        const std::size_t low = all_digits.find(digits[i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return std::nullopt;
        }
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

}  // namespace tidemark
