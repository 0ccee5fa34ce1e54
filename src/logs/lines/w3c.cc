#include "logs/lines/w3c.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "logs/lines/columns.h"
#include "logs/lines/record_filler.h"
#include "logs/lines/split_line.h"

namespace tidemark {

namespace {

std::vector<RoleNames> default_names() {
    return {{Role::time, {"time", "timestamp", "x-timestamp"}},
            {Role::date, {"date"}},
            {Role::bytes, {"sc-bytes"}},
            {Role::status, {"sc-status"}},
            {Role::method, {"cs-method"}},
            {Role::url, {"cs-uri-stem", "cs-uri"}},
            {Role::query, {"cs-uri-query"}},
            {Role::host, {"x-host-header", "cs-host", "cs(Host)"}}};
}

// "#Date: 2016-07-04 22:37:26" -> "2016-07-04"
std::string_view find_date_directive(std::string_view line) {
    constexpr std::string_view directive = "#Date:";
    if (!line.starts_with(directive)) {
        return {};
    }
    line.remove_prefix(std::min(line.find_first_not_of(' ', directive.size()), line.size()));
    return line.substr(0, line.find(' '));
}

// Splits at blanks, where a column that begins with a quote goes on to the quote that a blank or
// the line's end follows. Returns how many columns the line has; 0 for an open quote.
std::size_t split_quoted(std::string_view line, std::span<std::string_view> columns) {
    std::ranges::fill(columns, std::string_view());
    std::size_t at = 0;
    for (std::size_t found = 0;; ++found) {
        const bool quoted = at < line.size() && line[at] == '"';
        std::size_t stop = 0;
        if (quoted) {
            stop = line.find("\" ", at + 1);
            stop = stop == std::string_view::npos ? line.size() : stop + 1;
            if (stop - at < 2 || line[stop - 1] != '"') {
                return 0;
            }
        } else {
            stop = std::min(line.find(' ', at), line.size());
        }
        if (found < columns.size()) {
            columns[found] =
                quoted ? line.substr(at + 1, stop - at - 2) : line.substr(at, stop - at);
        }
        if (stop == line.size()) {
            return found + 1;
        }
        at = stop + 1;
    }
}

class W3cParser final : public LineParser {
 public:
    W3cParser(std::vector<WantedNames> wanted,
              const RecordFiller& filler,
              std::optional<Columns> columns)
        : wanted_(std::move(wanted)), filler_(filler), columns_(columns) {}

    [[nodiscard]] std::unique_ptr<LineParser> clone() const override {
        auto copy = std::make_unique<W3cParser>(wanted_, filler_, columns_);
        copy->date_ = date_;
        return copy;
    }

    void take_directive(std::string_view line, bool /*first_line_of_file*/) override {
        if (const std::vector<std::string_view> names = find_fields_directive(line);
            !names.empty()) {
            columns_ = Columns(names, wanted_);
        } else if (const std::string_view date = find_date_directive(line); !date.empty()) {
            date_ = date;
        }
    }

    LineVerdict parse(std::string_view line, LogRecord& record) override {
        if (line.empty() || line[0] == '#') {
            take_directive(line, false);
            return LineVerdict::comment();
        }
        if (!columns_) {
            return LineVerdict::rejected(RejectReason::no_layout);
        }
        const std::span<std::string_view> texts = std::span(texts_).first(columns_->needed());
        const std::size_t count = split(line, texts);
        if (count != columns_->count()) {
            return LineVerdict::rejected(RejectReason::malformed);
        }
        RoleTexts roles;
        columns_->pick(texts_.data(), roles);
        if (!columns_->has(Role::date)) {
            roles[Role::date] = date_;
        }
        return filler_.fill(roles, record);
    }

 private:
    static std::size_t split(std::string_view line, std::span<std::string_view> texts) {
        if (line.find('\t') != std::string_view::npos) {
            return split_columns(line, '\t', texts);
        }
        const bool quotes = line.find('"') != std::string_view::npos;
        return quotes ? split_quoted(line, texts) : split_columns(line, ' ', texts);
    }

    std::vector<WantedNames> wanted_;
    RecordFiller filler_;
    std::optional<Columns> columns_;
    std::string date_;  // of the last #Date
    std::array<std::string_view, Columns::names_max> texts_{};
};

}  // namespace

Result<std::unique_ptr<LineParser>> make_w3c_parser(const Reading& reading) {
    TIDEMARK_ASSIGN_OR_RETURN(const RecordFiller filler,
                              RecordFiller::make(reading, StatusForm::number));
    std::vector<WantedNames> wanted = wanted_names(reading, default_names());
    std::optional<Columns> columns;
    if (!reading.layout.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(columns, configured_columns(reading, wanted));
    }
    return std::make_unique<W3cParser>(std::move(wanted), filler, columns);
}

}  // namespace tidemark
