#include "http/target.h"

#include <algorithm>

#include <simdjson.h>

namespace tidemark::http {

namespace {

int hex_digit(char character) {
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    if (character >= 'a' && character <= 'f') {
        return character - 'a' + 10;
    }
    if (character >= 'A' && character <= 'F') {
        return character - 'A' + 10;
    }
    return -1;
}

bool is_control(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte < 0x20 || byte == 0x7f;
}

enum class PlusSign { itself, blank };

Error malformed(std::string_view part, std::string_view why) {
    return {ErrorKind::invalid_input,
            "request target: '" + std::string(part) + "' " + std::string(why)};
}

// Nothing in it to decode, and nothing to refuse.
bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return byte >= 0x20 && byte < 0x7f && character != '%' && character != '+';
    });
}

Result<std::string> decode(std::string_view text, PlusSign plus) {
    if (is_plain(text)) {
        return std::string(text);
    }
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char character = text[i];
        if (character == '%') {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return malformed(text, "has a '%' without two hexadecimal digits");
            }
            character = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (character == '+' && plus == PlusSign::blank) {
            character = ' ';
        }
        if (is_control(character)) {
            return Error{ErrorKind::invalid_input, "request target: has a control character"};
        }
        decoded += character;
    }
    if (!simdjson::validate_utf8(decoded)) {
        return Error{ErrorKind::invalid_input, "request target: is not UTF-8"};
    }
    return decoded;
}

// Calls `take` with each part between separators; an empty text has no part.
template <typename Take>
Result<void> for_each_part(std::string_view text, char separator, Take take) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        TIDEMARK_RETURN_IF_ERROR(take(text.substr(0, end)));
        if (end == text.size()) {
            return {};
        }
        text.remove_prefix(end + 1);
        if (text.empty()) {
            return take(text);
        }
    }
    return {};
}

Result<void> read_path(std::string_view path, Target& target) {
    return for_each_part(path.substr(1), '/', [&](std::string_view part) -> Result<void> {
        TIDEMARK_ASSIGN_OR_RETURN(std::string segment, decode(part, PlusSign::itself));
        if (segment.empty() || segment == "." || segment == "..") {
            return malformed(path, "has an empty segment, '.' or '..'");
        }
        target.segments.push_back(std::move(segment));
        return {};
    });
}

Result<void> read_query(std::string_view query, Target& target) {
    return for_each_part(query, '&', [&](std::string_view part) -> Result<void> {
        if (part.empty()) {
            return {};
        }
        const std::size_t equals = std::min(part.find('='), part.size());
        TIDEMARK_ASSIGN_OR_RETURN(std::string name,
                                  decode(part.substr(0, equals), PlusSign::blank));
        TIDEMARK_ASSIGN_OR_RETURN(
            std::string value,
            decode(part.substr(std::min(equals + 1, part.size())), PlusSign::blank));
        target.query.emplace_back(std::move(name), std::move(value));
        return {};
    });
}

// RFC 3986 section 2.3: what may stand as it is everywhere.
void append_encoded(std::string& to, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        const bool unreserved = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                                (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '.' ||
                                byte == '_' || byte == '~';
        if (unreserved) {
            to += character;
        } else {
            to += {'%', digits[byte / 16U], digits[byte % 16U]};
        }
    }
}

}  // namespace

void append_query(std::string& to, std::string_view name, std::string_view value) {
    if (!to.empty()) {
        to += '&';
    }
    append_encoded(to, name);
    to += '=';
    append_encoded(to, value);
}

std::string query_text(const std::vector<std::pair<std::string, std::string>>& query) {
    std::string text;
    for (const auto& [name, value] : query) {
        append_query(text, name, value);
    }
    return text;
}

Result<Target> parse_target(std::string_view text) {
    if (!text.starts_with('/')) {
        return malformed(text, "must be a path from the root, as /v1/usage");
    }
    Target target{.raw = std::string(text), .segments = {}, .query = {}};
    const std::size_t question = std::min(text.find('?'), text.size());
    TIDEMARK_RETURN_IF_ERROR(read_path(text.substr(0, question), target));
    if (question < text.size()) {
        TIDEMARK_RETURN_IF_ERROR(read_query(text.substr(question + 1), target));
    }
    return target;
}

}  // namespace tidemark::http
