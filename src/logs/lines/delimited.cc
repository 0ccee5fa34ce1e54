#include "logs/lines/delimited.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "logs/lines/columns.h"
#include "logs/lines/record_filler.h"
#include "logs/lines/split_line.h"

namespace tidemark {

namespace {

std::vector<RoleNames> default_names() {
    return {{Role::time,
             {"time", "timestamp", "date_time", "datetime", "time_local", "@timestamp", "ts"}},
            {Role::date, {"date"}},
            {Role::bytes, {"bytes", "bytes_sent", "body_bytes_sent", "sc-bytes", "size", "sent"}},
            {Role::status, {"status", "response", "code", "sc-status"}},
            {Role::method, {"method", "verb", "cs-method"}},
            {Role::url, {"url", "uri", "request_uri", "request", "path", "cs-uri-stem"}},
            {Role::query, {"query", "cs-uri-query"}},
            {Role::host, {"host", "cs-host", "cs(Host)"}}};
}

class DelimitedParser final : public LineParser {
 public:
    // separator 0: told by the first line.
    DelimitedParser(std::vector<WantedNames> wanted,
                    const RecordFiller& filler,
                    std::optional<Columns> columns,
                    char separator)
        : wanted_(std::move(wanted)), filler_(filler), columns_(columns), separator_(separator) {}

    [[nodiscard]] std::unique_ptr<LineParser> clone() const override {
        auto copy = std::make_unique<DelimitedParser>(wanted_, filler_, columns_, separator_);
        copy->header_ = header_;
        return copy;
    }

    void take_directive(std::string_view line, bool first_line_of_file) override {
        if (first_line_of_file) {
            take_first_line(line);
        }
    }

    LineVerdict parse(std::string_view line, LogRecord& record) override {
        if (separator_ == 0 || !columns_) {
            take_first_line(line);
        }
        if (line.empty() || line[0] == '#') {
            return LineVerdict::comment();
        }
        // Files that were put together repeat the header.
        if (!header_.empty() && line == header_) {
            return LineVerdict::comment();
        }
        if (!split(line, std::span(texts_).first(columns_->needed()))) {
            return LineVerdict::rejected(RejectReason::malformed);
        }
        RoleTexts roles;
        columns_->pick(texts_.data(), roles);
        return filler_.fill(roles, record);
    }

 private:
    // Tells the separator and, where none are configured, the names. A header may be written as a
    // comment: "#time,url,bytes".
    void take_first_line(std::string_view line) {
        if (separator_ == 0) {
            separator_ = line.find('\t') == std::string_view::npos ? ',' : '\t';
        }
        if (columns_) {
            return;
        }
        line.remove_prefix(std::min(line.find_first_not_of("# "), line.size()));
        header_ = line;
        const auto names_count = static_cast<std::size_t>(std::ranges::count(line, separator_)) + 1;
        std::vector<std::string_view> names(names_count);
        // Quoted commas make fewer names than were reserved; the rest stays nameless at the end.
        const std::size_t count = split_any(line, names);
        names.resize(std::min(count, names_count));
        columns_ = Columns(names, wanted_);
    }

    bool split(std::string_view line, std::span<std::string_view> texts) {
        const std::size_t count = split_any(line, texts);
        if (count == columns_->count()) {
            return true;
        }
        if (count < columns_->count()) {
            return false;
        }
        const std::size_t extra = count - columns_->count();
        const std::string_view beyond = line.substr(line.size() - std::min(extra, line.size()));
        return std::ranges::all_of(beyond,
                                   [this](char character) { return character == separator_; });
    }

    // How many columns the line has; 0 for quotes that are not as RFC 4180 says.
    std::size_t split_any(std::string_view line, std::span<std::string_view> columns) {
        if (separator_ == ',' && line.find('"') != std::string_view::npos) {
            return split_quoted(line, columns);
        }
        return split_columns(line, separator_, columns);
    }

    std::size_t split_quoted(std::string_view line, std::span<std::string_view> columns);

    // Takes a quoted column off the front of `rest`; nothing for an open quote or text after the
    // closing one. Doubled quotes are made single in unquoted_.
    std::optional<std::string_view> take_quoted(std::string_view& rest);

    std::vector<WantedNames> wanted_;
    RecordFiller filler_;
    std::optional<Columns> columns_;
    char separator_;
    std::string header_;    // the first line, when it named the columns
    std::string unquoted_;  // texts whose doubled quotes were made single
    std::array<std::string_view, Columns::names_max> texts_{};
};

std::size_t DelimitedParser::split_quoted(std::string_view line,
                                          std::span<std::string_view> columns) {
    std::ranges::fill(columns, std::string_view());
    unquoted_.clear();
    unquoted_.reserve(line.size());  // so that texts in it stay where they are
    std::string_view rest = line;
    for (std::size_t found = 0;; ++found) {
        std::string_view text;
        if (rest.starts_with('"')) {
            const std::optional<std::string_view> quoted = take_quoted(rest);
            if (!quoted) {
                return 0;
            }
            text = *quoted;
        } else {
            text = rest.substr(0, rest.find(separator_));
            if (text.find('"') != std::string_view::npos) {
                return 0;
            }
            rest.remove_prefix(text.size());
        }
        if (found < columns.size()) {
            columns[found] = text;
        }
        if (rest.empty()) {
            return found + 1;
        }
        rest.remove_prefix(1);
    }
}

std::optional<std::string_view> DelimitedParser::take_quoted(std::string_view& rest) {
    rest.remove_prefix(1);
    std::string_view text = rest.substr(0, rest.find('"'));
    const std::size_t scratch_begin = unquoted_.size();
    bool doubled = false;
    while (true) {
        const std::size_t quote = rest.find('"');
        if (quote == std::string_view::npos) {
            return std::nullopt;
        }
        const bool goes_on = quote + 1 < rest.size() && rest[quote + 1] == '"';
        doubled = doubled || goes_on;
        if (doubled) {
            unquoted_.append(rest.substr(0, quote + (goes_on ? 1 : 0)));
        }
        rest.remove_prefix(quote + (goes_on ? 2 : 1));
        if (!goes_on) {
            break;
        }
    }
    if (!rest.empty() && rest[0] != separator_) {
        return std::nullopt;
    }
    if (doubled) {
        text = std::string_view(unquoted_).substr(scratch_begin);
    }
    return text;
}

}  // namespace

Result<std::unique_ptr<LineParser>> make_delimited_parser(const Reading& reading) {
    if (!reading.separator.empty() && reading.separator != "," && reading.separator != "\t") {
        return Error{ErrorKind::invalid_input,
                     fmt::format("separator '{}': expected a comma or a tab", reading.separator)};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const RecordFiller filler,
                              RecordFiller::make(reading, StatusForm::number));
    std::vector<WantedNames> wanted = wanted_names(reading, default_names());
    std::optional<Columns> columns;
    if (!reading.layout.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(columns, configured_columns(reading, wanted));
    }
    const char separator = reading.separator.empty() ? '\0' : reading.separator[0];
    return std::make_unique<DelimitedParser>(std::move(wanted), filler, columns, separator);
}

}  // namespace tidemark
