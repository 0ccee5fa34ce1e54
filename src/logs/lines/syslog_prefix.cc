#include "logs/lines/syslog_prefix.h"

#include <algorithm>

#include "logs/lines/numbers.h"

namespace tidemark {

namespace {

std::size_t count_digits(std::string_view text) {
    const auto end = std::ranges::find_if_not(text, is_digit);
    return static_cast<std::size_t>(end - text.begin());
}

// Takes a word and the blank behind it off the front.
bool skip_word(std::string_view& rest) {
    const std::size_t blank = rest.find(' ');
    if (blank == std::string_view::npos || blank == 0) {
        return false;
    }
    rest.remove_prefix(blank + 1);
    return true;
}

// "[id name="a \" ]"]" and more of them: RFC 5424, section 6.3. Logplex leaves it out.
bool skip_structured_data(std::string_view& rest) {
    if (rest.starts_with("- ")) {
        rest.remove_prefix(2);
        return true;
    }
    while (rest.starts_with('[')) {
        bool quoted = false;
        std::size_t at = 1;
        while (at < rest.size() && (quoted || rest[at] != ']')) {
            if (quoted && rest[at] == '\\') {
                ++at;
            } else if (rest[at] == '"') {
                quoted = !quoted;
            }
            ++at;
        }
        if (at >= rest.size()) {
            return false;
        }
        rest.remove_prefix(at + 1);
    }
    if (rest.starts_with(' ')) {
        rest.remove_prefix(1);
    }
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (rest.starts_with(byte_order_mark)) {
        rest.remove_prefix(byte_order_mark.size());
    }
    return true;
}

bool skip_numbered_prefix(std::string_view& rest) {
    // Time, host, application, process, message id.
    for (int word = 0; word < 5; ++word) {
        if (!skip_word(rest)) {
            return false;
        }
    }
    return skip_structured_data(rest);
}

bool skip_classic_prefix(std::string_view& rest) {
    if (!skip_word(rest) || !skip_word(rest)) {
        return false;
    }
    const std::size_t colon = rest.find(": ");
    if (colon == std::string_view::npos || rest.substr(0, colon).find(' ') != rest.npos) {
        return false;
    }
    rest.remove_prefix(colon + 2);
    return true;
}

}  // namespace

std::optional<std::string_view> skip_syslog_prefix(std::string_view line) {
    std::string_view rest = line;
    // A logplex frame begins with its length.
    if (const std::size_t digits = count_digits(rest);
        digits > 0 && rest.substr(digits).starts_with(" <")) {
        rest.remove_prefix(digits + 1);
    }
    if (!rest.starts_with('<')) {
        return line;
    }
    const std::size_t digits = count_digits(rest.substr(1));
    if (digits < 1 || digits > 3 || !rest.substr(1 + digits).starts_with('>')) {
        return std::nullopt;
    }
    rest.remove_prefix(digits + 2);
    bool skipped = false;
    if (rest.starts_with("1 ")) {
        rest.remove_prefix(2);
        skipped = skip_numbered_prefix(rest);
    } else {
        skipped = skip_classic_prefix(rest);
    }
    return skipped ? std::optional(rest) : std::nullopt;
}

}  // namespace tidemark
