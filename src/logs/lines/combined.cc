#include "logs/lines/combined.h"

#include <bit>
#include <string_view>

#include "logs/lines/clf_time.h"
#include "logs/lines/digits.h"
#include "logs/lines/line_marks.h"

namespace tidemark {

namespace {

bool is_digit(char character) {
    return character >= '0' && character <= '9';
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
    return std::string_view::npos;
}

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
// Almost no line has a backslash. In those that have none, quoted texts lie between consecutive
// marks, which are found all at once; the others are walked.
class CombinedParser final : public LineParser {
 public:
    [[nodiscard]] std::unique_ptr<LineParser> clone() const override {
        return std::make_unique<CombinedParser>();
    }

    [[nodiscard]] bool has_directives() const override { return false; }

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
        if (outcome == understood) [[likely]] {
            return LineVerdict::record();
        }
        return LineVerdict::rejected(static_cast<RejectReason>(outcome));
    }

 private:
    Outcome parse_text(std::string_view line, LogRecord& record) {
        marks_.find(line);
        const std::size_t bracket = find_time(line);
        if (bracket == 0) {
            return rejected(RejectReason::malformed);
        }
        if (!time_.parse(line.data() + bracket, record.time)) {
            return rejected(RejectReason::bad_time);
        }
        return parse_request(line, bracket + ClfTime::size + 1, record);
    }

    // Where the time's bracket is, behind `client identity user `, with the request's quote behind
    // the time; 0 where there is none of it.
    [[nodiscard]] std::size_t find_time(std::string_view line) const {
        std::uint64_t blanks = marks_.blanks;
        std::size_t at = 0;
        for (int token = 0; token < 3; ++token) {
            const auto blank = static_cast<std::size_t>(std::countr_zero(blanks));
            if (blank == at || blank == 64 || line[blank] != ' ') [[unlikely]] {
                at = find_time_by_walking(line);
                break;
            }
            blanks &= blanks - 1;
            at = blank + 1;
        }
        const bool complete = at != 0 && line.size() > at + ClfTime::size + 2 && line[at] == '[' &&
                              line[at + ClfTime::size] == ' ' &&
                              line[at + ClfTime::size + 1] == '"';
        return complete ? at : 0;
    }

    // Behind the third blank, for lines that begin with long names or have controls in them.
    static std::size_t find_time_by_walking(std::string_view line) {
        std::size_t at = 0;
        for (int token = 0; token < 3; ++token) {
            const std::size_t blank = line.find_first_of(" \t\v\f\r\x1c\x1d\x1e\x1f", at);
            if (blank == std::string_view::npos || blank == at || line[blank] != ' ') {
                return 0;
            }
            at = blank + 1;
        }
        return at;
    }

    // `"request" status bytes` and perhaps ` "referer" "agent"`, from the mark at `open` on.
    Outcome parse_request(std::string_view line, std::size_t open, LogRecord& record) {
        if (marks_.quotes[0] != open) [[unlikely]] {
            // The client, the identity or the user has a mark in it: leave them out.
            line.remove_prefix(open);
            open = 0;
            marks_.find(line);
        }
        const std::size_t close = marks_.has_backslash      ? closing_quote(line, open)
                                  : marks_.quote_count >= 2 ? marks_.quotes[1]
                                                            : std::string_view::npos;
        if (close == std::string_view::npos) {
            return rejected(RejectReason::malformed);
        }
        take_request(line.substr(open + 1, close - open - 1), record);
        return parse_numbers(line, close + 1, record);
    }

    // ` status bytes` at `at`.
    Outcome parse_numbers(std::string_view rest, std::size_t at, LogRecord& record) const {
        if (rest.size() < at + 6 || rest[at] != ' ') {
            return rejected(RejectReason::malformed);
        }
        const char* status = rest.data() + at + 1;
        if (!is_digit(status[0]) || !is_digit(status[1]) || !is_digit(status[2]) ||
            status[3] != ' ') {
            return rejected(RejectReason::bad_status);
        }
        record.status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
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
    [[nodiscard]] bool ends_with_two_texts(std::string_view rest, std::size_t at) const {
        if (!marks_.has_backslash) {
            return marks_.quote_count == 6 && marks_.quotes[2] == at &&
                   marks_.quotes[4] == marks_.quotes[3] + 2 && rest[marks_.quotes[3] + 1] == ' ' &&
                   marks_.quotes[5] + 1 == rest.size();
        }
        if (at >= rest.size() || rest[at] != '"') {
            return false;
        }
        const std::size_t referer_end = closing_quote(rest, at);
        if (referer_end == std::string_view::npos ||
            !rest.substr(referer_end + 1).starts_with(" \"")) {
            return false;
        }
        return closing_quote(rest, referer_end + 2) == rest.size() - 1;
    }

    // `METHOD target PROTOCOL`; what is no request (`-`, or the bytes of another protocol) has
    // neither method nor target.
    static void take_request(std::string_view request, LogRecord& record) {
        record.method = {};
        record.url = {};
        const std::size_t method_end = request.find(' ');
        if (method_end == std::string_view::npos) {
            return;
        }
        record.method = request.substr(0, method_end);
        const std::string_view behind = request.substr(method_end + 1);
        record.url = behind.substr(0, behind.find(' '));
    }

    ClfTime time_;
    LineMarks marks_;
};

}  // namespace

Result<std::unique_ptr<LineParser>> make_combined_parser(const Reading& /*reading*/) {
    return std::unique_ptr<LineParser>(std::make_unique<CombinedParser>());
}

}  // namespace tidemark
