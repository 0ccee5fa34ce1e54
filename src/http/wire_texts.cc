#include "http/wire_texts.h"

#include <algorithm>
#include <array>

namespace tidemark::http {

bool is_request_id(std::string_view text) {
    const auto is_allowed = [](char character) {
        return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
               (character >= 'A' && character <= 'Z') || character == '-' || character == '_' ||
               character == '.';
    };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_allowed);
}

std::string date_text(std::time_t now) {
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), size};
}

}  // namespace tidemark::http
