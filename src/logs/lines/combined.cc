#include "logs/lines/combined.h"

#include <bit>
#include <cstdint>
#include <string_view>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include "logs/lines/clf_time.h"
#include "logs/lines/digits.h"
#include "logs/lines/numbers.h"

namespace tidemark {

namespace {

constexpr std::size_t npos = std::string_view::npos;

// Where the token that begins at `at` ends, `at` itself when there is none: at a blank or at a
// control that some tools take for one.
std::size_t token_end(std::string_view text, std::size_t at) {
    const auto separates = [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return byte <= ' ' && (byte == ' ' || byte >= 0x1c || (byte >= '\t' && byte <= '\r'));
    };
    while (at < text.size() && !separates(text[at])) {
        ++at;
    }
    return at;
}

// The end of the quoted text that begins with the mark at `open`, where a backslash takes its next
// character with it; npos when it does not end.
std::size_t closing_quote(std::string_view text, std::size_t open) {
    for (std::size_t at = open + 1; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at;
        }
    }
    return npos;
}

bool is_status(const char* text) {
    return is_digit(text[0]) && is_digit(text[1]) && is_digit(text[2]);
}

int status_of(const char* digits) {
    return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

// The bytes of a text that are blanks, and those that are blanks or controls: bit k is for text[k].
// All 64 bytes can be read, wherever the text ends.
struct Blanks {
    std::uint64_t blanks = 0;
    std::uint64_t blanks_and_controls = 0;
};

#if defined(__x86_64__)

template <std::size_t count>
Blanks find_blanks(const char* text) {
    static_assert(count % 16 == 0 && count <= 64);
    const __m128i blank = _mm_set1_epi8(' ');
    Blanks found;
    for (std::size_t at = 0; at < count; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at));
        const __m128i blanks = _mm_cmpeq_epi8(bytes, blank);
        const __m128i all = _mm_cmpeq_epi8(_mm_min_epu8(bytes, blank), bytes);
        found.blanks |= static_cast<std::uint64_t>(_mm_movemask_epi8(blanks)) << at;
        found.blanks_and_controls |= static_cast<std::uint64_t>(_mm_movemask_epi8(all)) << at;
    }
    return found;
}

#else

template <std::size_t count>
Blanks find_blanks(const char* text) {
    Blanks found;
    for (std::size_t at = 0; at < count; ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        found.blanks |= std::uint64_t{byte == ' '} << at;
        found.blanks_and_controls |= std::uint64_t{byte <= ' '} << at;
    }
    return found;
}

#endif

// A line's RejectReason, or `understood`: one number, which travels in a register.
using Outcome = int;
constexpr Outcome understood = -1;

constexpr Outcome rejected(RejectReason reason) {
    return static_cast<Outcome>(reason);
}

// `client identity user [time] "request" status bytes`, and in the combined format also
// ` "referer" "agent"` (httpd.apache.org/docs/2.4/logs.html; nginx ngx_http_log_module). Texts in
// quotes escape marks with a backslash: `\"`, `\\` and `\xhh` by Apache, `\xHH` by nginx. Texts are
// handed on as they are written.
//
// There are two ways through a line. parse() walks from its first character to its last and says
// what is wrong with it. parse_marked() knows where the quotes are, so that in a line without a
// backslash every part has its place before it is looked at: the time ends two characters before
// the first quote, the numbers lie between the second and the third. It takes a line only if all
// that parse() asks of one holds; any other is left to parse(), to be walked or to be rejected.
class CombinedParser final : public LineParser {
 public:
    [[nodiscard]] std::unique_ptr<LineParser> clone() const override {
        return std::make_unique<CombinedParser>();
    }

    [[nodiscard]] bool has_directives() const override { return false; }
    [[nodiscard]] bool wants_quotes() const override { return true; }

    LineVerdict parse(std::string_view line, LogRecord& record) override {
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.empty() || line.front() == '#') {
            return LineVerdict::comment();
        }
        if (line.front() == '"' && line.ends_with("\"\"")) {
            line = line.substr(1, line.size() - 2);
        }
        const Outcome outcome = parse_text(line, record);
        if (outcome == understood) {
            return LineVerdict::record();
        }
        return LineVerdict::rejected(static_cast<RejectReason>(outcome));
    }

    LineVerdict parse_marked(std::string_view line,
                             const QuoteMarks& marks,
                             LogRecord& record) override {
        if (!marks.has_backslash && take_by_marks(line, marks, record)) [[likely]] {
            return LineVerdict::record();
        }
        return parse(line, record);
    }

 private:
    // The line's parts by the offsets of its quotes, in a line without backslashes; false when it
    // is not one that parse() understands in the same way.
    bool take_by_marks(std::string_view line, const QuoteMarks& marks, LogRecord& record) {
        const bool has_texts = marks.offsets.size() == 6;
        if (!has_texts && marks.offsets.size() != 2) {
            return false;
        }
        const auto line_at = static_cast<std::size_t>(line.data() - marks.origin);
        const auto quote = [&marks, line_at](std::size_t number) {
            return marks.offsets[number] - line_at;
        };
        const std::size_t open = quote(0);
        const std::size_t close = quote(1);
        if (open < ClfTime::size + 1 || line.front() == '#') {
            return false;
        }
        const std::size_t bracket = open - ClfTime::size - 1;
        if (!has_three_tokens_before(line, bracket) || line[open - 1] != ' ' ||
            !time_.parse(line.data() + bracket, record.time)) {
            return false;
        }
        const std::size_t numbers_end = has_texts ? quote(2) - 1 : line.size();
        if (!take_numbers(line, close + 1, numbers_end, record)) {
            return false;
        }
        take_request({line.data() + open + 1, close - open - 1}, record);
        return !has_texts || (line[numbers_end] == ' ' && quote(4) == quote(3) + 2 &&
                              line[quote(3) + 1] == ' ' && quote(5) + 1 == line.size());
    }

    // Whether `client identity user ` is all there is before the time. By the bits of the blanks
    // where these are few enough, and without a loop, whose end would depend on the address.
    static bool has_three_tokens_before(std::string_view line, std::size_t bracket) {
        if (bracket > 32) {
            return find_time_begin(line) == bracket;
        }
        const std::uint64_t before = (std::uint64_t{1} << bracket) - 1;
        const Blanks found = find_blanks<32>(line.data());
        const std::uint64_t first = found.blanks & before;
        const std::uint64_t second = first & (first - 1);
        const std::uint64_t third = second & (second - 1);
        // Each blank behind a character that is none, and the last one before the bracket.
        const bool apart = (first & ((first << 1U) | 1U)) == 0;
        const bool no_controls = (found.blanks_and_controls & before) == first;
        return apart && no_controls && third != 0 && third == (before ^ (before >> 1U));
    }

    // ` status bytes` from `at` to `end`, and nothing else.
    static bool take_numbers(std::string_view line,
                             std::size_t at,
                             std::size_t end,
                             LogRecord& record) {
        const char* const text = line.data() + at;
        if (end < at + 6 || text[0] != ' ' || !is_status(text + 1) || text[4] != ' ') {
            return false;
        }
        record.status = status_of(text + 1);
        const std::size_t size_at = at + 5;
        if (text[5] == '-') {
            record.bytes = 0;
            return end == size_at + 1;
        }
        return read_digits({text + 5, end - size_at}, record.bytes) == end - size_at;
    }

    Outcome parse_text(std::string_view line, LogRecord& record) {
        const std::size_t bracket = find_time(line);
        if (bracket == 0) {
            return rejected(RejectReason::malformed);
        }
        if (!time_.parse(line.data() + bracket, record.time)) {
            return rejected(RejectReason::bad_time);
        }
        const std::size_t open = bracket + ClfTime::size + 1;
        const std::size_t close = closing_quote(line, open);
        if (close == npos) {
            return rejected(RejectReason::malformed);
        }
        take_request(line.substr(open + 1, close - open - 1), record);
        return parse_numbers(line, close + 1, record);
    }

    // Where the time's bracket is, with the request's quote behind the time; 0 where there is none
    // of it.
    static std::size_t find_time(std::string_view line) {
        const std::size_t at = find_time_begin(line);
        const bool complete = at != 0 && line.size() > at + ClfTime::size + 2 && line[at] == '[' &&
                              line[at + ClfTime::size] == ' ' &&
                              line[at + ClfTime::size + 1] == '"';
        return complete ? at : 0;
    }

    // Behind `client identity user `; 0 when the line does not begin so.
    static std::size_t find_time_begin(std::string_view line) {
        std::size_t at = 0;
        for (int token = 0; token < 3; ++token) {
            const std::size_t end = token_end(line, at);
            if (end == at || end == line.size() || line[end] != ' ') {
                return 0;
            }
            at = end + 1;
        }
        return at;
    }

    // ` status bytes` at `at`.
    static Outcome parse_numbers(std::string_view rest, std::size_t at, LogRecord& record) {
        if (rest.size() < at + 6 || rest[at] != ' ') {
            return rejected(RejectReason::malformed);
        }
        const char* status = rest.data() + at + 1;
        if (!is_status(status) || status[3] != ' ') {
            return rejected(RejectReason::bad_status);
        }
        record.status = status_of(status);
        const std::size_t size_at = at + 5;
        std::size_t size_end = size_at + 1;
        if (rest[size_at] == '-') {
            record.bytes = 0;
            if (size_end < rest.size() && is_digit(rest[size_end])) {
                return rejected(RejectReason::negative_bytes);
            }
        } else {
            const std::size_t digits = read_digits(rest.substr(size_at), record.bytes);
            if (digits == 0) {
                return rejected(RejectReason::bad_bytes);
            }
            size_end = size_at + digits;
        }
        if (size_end == rest.size()) {
            return understood;
        }
        if (rest[size_end] != ' ') {
            return rejected(RejectReason::bad_bytes);
        }
        return ends_with_two_texts(rest, size_end + 1) ? understood
                                                       : rejected(RejectReason::malformed);
    }

    // `"referer" "agent"` from `at` to the end, and nothing else.
    static bool ends_with_two_texts(std::string_view rest, std::size_t at) {
        if (at >= rest.size() || rest[at] != '"') {
            return false;
        }
        const std::size_t referer_end = closing_quote(rest, at);
        if (referer_end == npos || !rest.substr(referer_end + 1).starts_with(" \"")) {
            return false;
        }
        return closing_quote(rest, referer_end + 2) == rest.size() - 1;
    }

    // `METHOD target PROTOCOL`; what is no request (`-`, or the bytes of another protocol) has
    // neither method nor target.
    static void take_request(std::string_view request, LogRecord& record) {
        const std::uint64_t blanks = find_blanks<64>(request.data()).blanks;
        const std::uint64_t second = blanks & (blanks - 1);
        // The usual request has both blanks among its first bytes, before its quotation mark.
        const auto second_at = static_cast<std::size_t>(std::countr_zero(second));
        if (second != 0 && second_at < request.size()) [[likely]] {
            const auto first_at = static_cast<std::size_t>(std::countr_zero(blanks));
            record.method = {request.data(), first_at};
            record.url = {request.data() + first_at + 1, second_at - first_at - 1};
            return;
        }
        record.method = {};
        record.url = {};
        const std::size_t method_end = request.find(' ');
        if (method_end == npos) {
            return;
        }
        record.method = request.substr(0, method_end);
        const std::string_view behind = request.substr(method_end + 1);
        record.url = behind.substr(0, behind.find(' '));
    }

    ClfTime time_;
};

}  // namespace

Result<std::unique_ptr<LineParser>> make_combined_parser(const Reading& /*reading*/) {
    return std::unique_ptr<LineParser>(std::make_unique<CombinedParser>());
}

}  // namespace tidemark
