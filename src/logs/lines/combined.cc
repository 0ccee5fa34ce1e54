#include "logs/lines/combined.h"

#include <cstring>
#include <string_view>

#include "logs/lines/clf_time.h"
#include "logs/lines/quotes.h"

namespace tidemark {

namespace {

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

// A whole number that fits an int64; nothing otherwise. The text has digits only.
bool parse_number(std::string_view digits, std::int64_t& number) {
    std::int64_t value = 0;
    for (const char digit : digits) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit - '0', &value)) {
            return false;
        }
    }
    number = value;
    return true;
}

std::size_t count_digits(std::string_view text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) {
        ++count;
    }
    return count;
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
        const std::size_t bracket = find_time(line);
        if (bracket == std::string_view::npos) {
            return LineVerdict::rejected(RejectReason::malformed);
        }
        // Behind the time: ` "` and the rest.
        const std::string_view rest = line.substr(bracket + ClfTime::size);
        if (!rest.starts_with(" \"")) {
            return LineVerdict::rejected(RejectReason::malformed);
        }
        const auto time = time_.parse(line.data() + bracket);
        if (!time.has_value()) {
            return LineVerdict::rejected(RejectReason::bad_time);
        }
        record.time = *time;
        return parse_rest(rest, record);
    }

 private:
    // Where the time's bracket is, behind `client identity user `, with room for the whole time.
    static std::size_t find_time(std::string_view line) {
        std::size_t at = 0;
        for (int token = 0; token < 3; ++token) {
            const std::size_t blank = line.find(' ', at);
            if (blank == std::string_view::npos || blank == at) {
                return std::string_view::npos;
            }
            at = blank + 1;
        }
        return line.size() >= at + ClfTime::size && line[at] == '[' ? at : std::string_view::npos;
    }

    // ` "request" status bytes` and perhaps ` "referer" "agent"`.
    LineVerdict parse_rest(std::string_view rest, LogRecord& record) {
        find_quotes(rest, quotes_);
        const std::size_t request_end =
            quotes_.has_backslash ? closing_quote(rest, 1)
                                  : (quotes_.count >= 2 ? quotes_.at[1] : std::string_view::npos);
        if (request_end == std::string_view::npos) {
            return LineVerdict::rejected(RejectReason::malformed);
        }
        const LineVerdict verdict = parse_numbers(rest, request_end + 1, record);
        if (verdict.kind != LineKind::record) {
            return verdict;
        }
        take_request(rest.substr(2, request_end - 2), record);
        return verdict;
    }

    // ` status bytes` at `at`.
    LineVerdict parse_numbers(std::string_view rest, std::size_t at, LogRecord& record) {
        if (rest.size() < at + 6 || rest[at] != ' ') {
            return LineVerdict::rejected(RejectReason::malformed);
        }
        const char* status = rest.data() + at + 1;
        if (!is_digit(status[0]) || !is_digit(status[1]) || !is_digit(status[2]) ||
            status[3] != ' ') {
            return LineVerdict::rejected(RejectReason::bad_status);
        }
        record.status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
        const std::size_t size_at = at + 5;
        std::size_t size_end = size_at + 1;
        if (rest[size_at] == '-') {
            record.bytes = 0;
            if (size_end < rest.size() && is_digit(rest[size_end])) {
                return LineVerdict::rejected(RejectReason::negative_bytes);
            }
        } else {
            const std::size_t digits = count_digits(rest.substr(size_at));
            if (digits == 0 || !parse_number(rest.substr(size_at, digits), record.bytes)) {
                return LineVerdict::rejected(RejectReason::bad_bytes);
            }
            size_end = size_at + digits;
        }
        if (size_end == rest.size()) {
            return LineVerdict::record();
        }
        if (rest[size_end] != ' ') {
            return LineVerdict::rejected(RejectReason::bad_bytes);
        }
        return ends_with_two_texts(rest, size_end + 1)
                   ? LineVerdict::record()
                   : LineVerdict::rejected(RejectReason::malformed);
    }

    // `"referer" "agent"` from `at` to the end, and nothing else.
    bool ends_with_two_texts(std::string_view rest, std::size_t at) const {
        if (!quotes_.has_backslash) {
            return quotes_.count == 6 && quotes_.at[2] == at &&
                   quotes_.at[4] == quotes_.at[3] + 2 && rest[quotes_.at[3] + 1] == ' ' &&
                   quotes_.at[5] + 1 == rest.size();
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
    Quotes quotes_{};
};

}  // namespace

Result<std::unique_ptr<LineParser>> make_combined_parser(const Reading& /*reading*/) {
    return std::unique_ptr<LineParser>(std::make_unique<CombinedParser>());
}

}  // namespace tidemark
