#include "logs/line_text.h"

#include <algorithm>
#include <cstddef>

#include <simdjson.h>

namespace tidemark {

namespace {

constexpr std::size_t sample_size_max = 512;
constexpr std::string_view replacement = "\xef\xbf\xbd";

// The length that the first byte announces; 1 for bytes that begin nothing.
std::size_t announced_length(char first) {
    const auto byte = static_cast<unsigned char>(first);
    if (byte >= 0xf0) {
        return 4;
    }
    if (byte >= 0xe0) {
        return 3;
    }
    return byte >= 0xc0 ? 2 : 1;
}

}  // namespace

std::optional<RejectReason> unreadable(std::string_view line) {
    if (line.find('\0') != std::string_view::npos) {
        return RejectReason::nul_byte;
    }
    if (!simdjson::validate_utf8(line.data(), line.size())) {
        return RejectReason::invalid_utf8;
    }
    return std::nullopt;
}

std::string sample_of(std::string_view line) {
    std::string sample;
    while (!line.empty()) {
        std::string_view character =
            line.substr(0, std::min(announced_length(line.front()), line.size()));
        std::string_view shown = character;
        if (unreadable(character).has_value()) {
            character = line.substr(0, 1);
            shown = replacement;
        }
        if (sample.size() + shown.size() > sample_size_max) {
            break;
        }
        sample += shown;
        line.remove_prefix(character.size());
    }
    return sample;
}

}  // namespace tidemark
