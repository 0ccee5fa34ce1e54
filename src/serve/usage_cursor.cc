#include "serve/usage_cursor.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "logs/line_text.h"

namespace tidemark {

namespace {

using std::chrono::sys_seconds;

// The first letter tells the layout: hexadecimal digits of the question's digest (32), from, to
// (8 each), until (16), the subject's bytes, and the sum of all before it (32).
constexpr char layout = '1';
constexpr std::size_t digest_digits = 32;
constexpr std::size_t fixed_digits = 1 + digest_digits + 8 + 8 + 16;
constexpr std::int64_t no_instant = std::numeric_limits<std::int64_t>::min();

ContentHash sum_of(std::string_view text) {
    ContentHasher hasher;
    hasher.update("cursor of usage ");
    hasher.update(text);
    return hasher.finish();
}

// All of the text is a hexadecimal number.
template <typename Number>
std::optional<Number> read_hex(std::string_view text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data(), end, number, 16);
    return error == std::errc() && parsed == end ? std::optional(number) : std::nullopt;
}

std::optional<std::string> read_bytes(std::string_view digits) {
    std::string bytes;
    for (std::size_t place = 0; place + 1 < digits.size(); place += 2) {
        const auto byte = read_hex<std::uint8_t>(digits.substr(place, 2));
        if (!byte.has_value()) {
            return std::nullopt;
        }
        bytes += static_cast<char>(*byte);
    }
    return digits.size() % 2 == 0 ? std::optional(bytes) : std::nullopt;
}

}  // namespace

ContentHash digest_of_question(const http::Target& target) {
    std::vector<std::pair<std::string, std::string>> given;
    for (const auto& pair : target.query) {
        if (pair.first != "cursor" && pair.first != "limit") {
            given.push_back(pair);
        }
    }
    std::ranges::sort(given);
    ContentHasher hasher;
    for (const auto& [name, value] : given) {
        hasher.update(fmt::format("{} {} {} {} ", name.size(), name, value.size(), value));
    }
    return hasher.finish();
}

std::string to_text(const UsageCursor& cursor) {
    const std::int64_t until =
        cursor.until.has_value() ? cursor.until->time_since_epoch().count() : no_instant;
    std::string text = fmt::format("{}{}{:08x}{:08x}{:016x}",
                                   layout,
                                   cursor.question.to_string(),
                                   static_cast<std::uint32_t>(cursor.from.days_since_epoch()),
                                   static_cast<std::uint32_t>(cursor.to.days_since_epoch()),
                                   static_cast<std::uint64_t>(until));
    for (const char byte : cursor.after) {
        text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return text + sum_of(text).to_string();
}

Result<UsageCursor> parse_usage_cursor(std::string_view text) {
    const Error foreign{ErrorKind::invalid_input,
                        "not a cursor that was given out here, or changed since; begin again "
                        "without it"};
    if (text.size() < fixed_digits + digest_digits || text.front() != layout) {
        return foreign;
    }
    const std::string_view content = text.substr(0, text.size() - digest_digits);
    if (ContentHash::parse(text.substr(content.size())) != sum_of(content)) {
        return foreign;
    }
    std::string_view rest = content.substr(1);
    const auto take = [&rest](std::size_t digits) {
        const std::string_view taken = rest.substr(0, digits);
        rest.remove_prefix(digits);
        return taken;
    };
    const auto question = ContentHash::parse(take(digest_digits));
    const auto from = read_hex<std::uint32_t>(take(8));
    const auto to = read_hex<std::uint32_t>(take(8));
    const auto until = read_hex<std::uint64_t>(take(16));
    const auto after = read_bytes(rest);
    if (!question.has_value() || !from.has_value() || !to.has_value() || !until.has_value() ||
        !after.has_value()) {
        return foreign;
    }
    UsageCursor cursor{.question = *question,
                       .from = UtcDay::from_days_since_epoch(static_cast<std::int32_t>(*from)),
                       .to = UtcDay::from_days_since_epoch(static_cast<std::int32_t>(*to)),
                       .after = *after};
    const sys_seconds earliest = UtcDay::parse("0001-01-01").value().begin();
    const sys_seconds latest = UtcDay::parse("9999-12-31").value().end();
    // The sum is no secret: whoever makes up a cursor gets no further than parameters do.
    if (cursor.from.begin() < earliest || cursor.from >= cursor.to || cursor.to.end() > latest ||
        unreadable(cursor.after).has_value()) {
        return foreign;
    }
    if (const auto seconds = static_cast<std::int64_t>(*until); seconds != no_instant) {
        cursor.until = sys_seconds(std::chrono::seconds(seconds));
        if (*cursor.until < earliest || *cursor.until > latest) {
            return foreign;
        }
    }
    return cursor;
}

}  // namespace tidemark
