#include "logs/lines/edgecast.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "logs/lines/columns.h"
#include "logs/lines/record_filler.h"

namespace tidemark {

namespace {

std::vector<RoleNames> default_names() {
    // filesize is what the asset has and rs-bytes what came from the origin: neither was sent.
    return {{Role::time, {"timestamp", "time"}},
            {Role::date, {"date"}},
            {Role::bytes, {"sc-bytes"}},
            {Role::status, {"sc-status"}},
            {Role::method, {"cs-method"}},
            {Role::url, {"cs-uri-stem"}},
            {Role::query, {"cs-uri-query"}},
            {Role::host, {"cs-host"}}};
}

const char* find_byte(const char* at, const char* end, char wanted) {
    const void* found = std::memchr(at, wanted, static_cast<std::size_t>(end - at));
    return found == nullptr ? end : static_cast<const char*>(found);
}

// Where the column that begins at `at` ends: at the first blank outside quotes. Null when a quote
// stays open.
const char* find_column_end(const char* at, const char* end) {
    const char* blank = find_byte(at, end, ' ');
    const char* quote = find_byte(at, blank, '"');
    while (quote != blank) {
        const char* const closing = find_byte(quote + 1, end, '"');
        if (closing == end) {
            return nullptr;
        }
        blank = find_byte(closing + 1, end, ' ');
        quote = find_byte(closing + 1, blank, '"');
    }
    return blank;
}

std::string_view without_quotes(const char* begin, const char* end) {
    if (end - begin >= 2 && *begin == '"' && end[-1] == '"') {
        ++begin;
        --end;
    }
    return {begin, static_cast<std::size_t>(end - begin)};
}

class EdgeCastParser final : public LineParser {
 public:
    EdgeCastParser(std::vector<WantedNames> wanted,
                   const RecordFiller& filler,
                   std::optional<Columns> columns)
        : wanted_(std::move(wanted)), filler_(filler), columns_(columns) {}

    [[nodiscard]] std::unique_ptr<LineParser> clone() const override {
        return std::make_unique<EdgeCastParser>(wanted_, filler_, columns_);
    }

    void take_directive(std::string_view line, bool /*first_line_of_file*/) override {
        if (const std::vector<std::string_view> names = find_fields_directive(line);
            !names.empty()) {
            columns_ = Columns(names, wanted_);
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
        if (!split(line)) {
            return LineVerdict::rejected(RejectReason::malformed);
        }
        RoleTexts roles;
        columns_->pick(texts_.data(), roles);
        return filler_.fill(roles, record);
    }

 private:
    // False for an open quote, and for a line that ends within or before the last needed column.
    bool split(std::string_view line) {
        const char* at = line.data();
        const char* const end = at + line.size();
        const std::size_t needed = columns_->needed();
        for (std::size_t place = 0; place < needed; ++place) {
            const char* const stop = find_column_end(at, end);
            if (stop == nullptr || (stop == end && place + 1 < columns_->count())) {
                return false;
            }
            texts_[place] = without_quotes(at, stop);
            at = stop == end ? end : stop + 1;
        }
        return std::count(at, end, '"') % 2 == 0;
    }

    std::vector<WantedNames> wanted_;
    RecordFiller filler_;
    std::optional<Columns> columns_;
    std::array<std::string_view, Columns::names_max> texts_{};
};

}  // namespace

Result<std::unique_ptr<LineParser>> make_edgecast_parser(const Reading& reading) {
    TIDEMARK_ASSIGN_OR_RETURN(const RecordFiller filler,
                              RecordFiller::make(reading, StatusForm::cache_and_number));
    std::vector<WantedNames> wanted = wanted_names(reading, default_names());
    std::optional<Columns> columns;
    if (!reading.layout.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(columns, configured_columns(reading, wanted));
    }
    return std::make_unique<EdgeCastParser>(std::move(wanted), filler, columns);
}

}  // namespace tidemark
