#include "store/postgres/values.h"

#include <charconv>

#include <fmt/format.h>

namespace tidemark::postgres {

namespace {

Error unreadable(std::string_view what, std::string_view text) {
    return {ErrorKind::corrupt, fmt::format("postgresql: {} '{}' cannot be read", what, text)};
}

int hex_digit(char character) {
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    if (character >= 'a' && character <= 'f') {
        return character - 'a' + 10;
    }
    return -1;
}

}  // namespace

std::vector<std::string_view> array_elements(std::string_view array) {
    std::vector<std::string_view> elements;
    if (array.size() <= 2) {
        return elements;
    }
    std::string_view rest = array.substr(1, array.size() - 2);
    while (true) {
        const std::size_t comma = rest.find(',');
        elements.push_back(rest.substr(0, comma));
        if (comma == std::string_view::npos) {
            return elements;
        }
        rest.remove_prefix(comma + 1);
    }
}

Result<std::vector<Total>> parse_totals(std::string_view array) {
    std::vector<Total> totals;
    for (const std::string_view element : array_elements(array)) {
        const Result<Total> total = Total::parse(element);
        if (!total.has_value()) {
            return unreadable("numeric[]", array);
        }
        totals.push_back(*total);
    }
    return totals;
}

Result<std::vector<UtcDay>> parse_days(std::string_view array) {
    std::vector<UtcDay> days;
    for (const std::string_view element : array_elements(array)) {
        std::int32_t since_epoch = 0;
        const auto parsed =
            std::from_chars(element.data(), element.data() + element.size(), since_epoch);
        if (parsed.ec != std::errc()) {
            return unreadable("days", array);
        }
        days.push_back(UtcDay::from_days_since_epoch(since_epoch));
    }
    return days;
}

Result<std::string> parse_bytes(std::string_view text) {
    if (!text.starts_with("\\x") || text.size() % 2 != 0) {
        return unreadable("bytea", text);
    }
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t index = 2; index < text.size(); index += 2) {
        const int high = hex_digit(text[index]);
        const int low = hex_digit(text[index + 1]);
        if (high < 0 || low < 0) {
            return unreadable("bytea", text);
        }
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

Result<ContentHash> parse_hash(std::string_view text) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::string bytes, parse_bytes(text));
    if (bytes.size() != 16) {
        return unreadable("content hash", text);
    }
    ContentHash hash;
    for (std::size_t index = 0; index < 8; ++index) {
        hash.high = hash.high << 8 | static_cast<unsigned char>(bytes[index]);
        hash.low = hash.low << 8 | static_cast<unsigned char>(bytes[8 + index]);
    }
    return hash;
}

std::string day_after(UtcDay day) {
    constexpr std::int32_t last_day = 2932896;  // 9999-12-31
    return day.days_since_epoch() == last_day ? "10000-01-01" : day.next().to_string();
}

}  // namespace tidemark::postgres
