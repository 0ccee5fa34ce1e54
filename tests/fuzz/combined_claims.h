#pragma once
// What holds for any line that is given to the combined parser.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "logs/lines/combined.h"

namespace tidemark::test {

// The parser by plain means: which lines are records, and of what status and bytes. Written from
// the format's description, with nothing of the parser in it.
class PlainCombined {
 public:
    explicit PlainCombined(std::string_view line) : rest_(line) {}

    [[nodiscard]] bool is_record() {
        if (rest_.ends_with('\r')) {
            rest_.remove_suffix(1);
        }
        if (rest_.starts_with('"') && rest_.ends_with("\"\"")) {
            rest_ = rest_.substr(1, rest_.size() - 2);
        }
        if (!take_word() || !take_word() || !take_word() || !take("[") || rest_.size() < 27) {
            return false;
        }
        rest_.remove_prefix(26);  // what a time is, another test says
        if (!take("] ") || !take_quoted() || !take(" ") || !take_digits(3) || !take(" ")) {
            return false;
        }
        if (!take("-") && !take_digits(0)) {
            return false;
        }
        return rest_.empty() ||
               (take(" ") && take_quoted() && take(" ") && take_quoted() && rest_.empty());
    }

 private:
    bool take(std::string_view text) {
        if (!rest_.starts_with(text)) {
            return false;
        }
        rest_.remove_prefix(text.size());
        return true;
    }

    // Characters that are no white space, then one blank.
    bool take_word() {
        const std::size_t end = rest_.find_first_of(" \t\v\f\r\n\x1c\x1d\x1e\x1f");
        if (end == 0 || end == std::string_view::npos) {
            return false;
        }
        rest_.remove_prefix(end);
        return take(" ");
    }

    // Exactly `count` digits, or any number of them but none.
    bool take_digits(std::size_t count) {
        const std::size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        if (end == 0 || (count != 0 && end != count)) {
            return false;
        }
        rest_.remove_prefix(end);
        return true;
    }

    bool take_quoted() {
        if (!take("\"")) {
            return false;
        }
        while (!rest_.empty() && rest_.front() != '"') {
            rest_.remove_prefix(rest_.front() == '\\' && rest_.size() > 1 ? 2 : 1);
        }
        return take("\"");
    }

    std::string_view rest_;
};

inline void check_combined_line(std::string_view line) {
    if (line.find('\n') != std::string_view::npos) {
        return;
    }
    const Result<std::unique_ptr<LineParser>> parser = make_combined_parser({});
    TIDEMARK_CHECK(parser.has_value());
    // Two surroundings: what lies behind the line must not matter.
    LogRecord record;
    LogRecord again;
    const std::string block = std::string(line) + std::string(64, '"');
    const std::string other_block = std::string(line) + std::string(64, '7');
    const LineVerdict verdict =
        (*parser)->parse(std::string_view(block).substr(0, line.size()), record);
    const LineVerdict second =
        (*parser)->parse(std::string_view(other_block).substr(0, line.size()), again);
    TIDEMARK_CHECK(verdict.kind == second.kind && verdict.reject == second.reject);
    if (verdict.kind != LineKind::record) {
        return;
    }
    TIDEMARK_CHECK(record.bytes >= 0 && record.bytes == again.bytes);
    TIDEMARK_CHECK(record.status >= 0 && record.status <= 999 && record.status == again.status);
    TIDEMARK_CHECK(record.time == again.time && record.url == again.url);
    TIDEMARK_CHECK(PlainCombined(line).is_record());
}

}  // namespace tidemark::test
