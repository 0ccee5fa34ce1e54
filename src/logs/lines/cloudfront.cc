#include "logs/lines/cloudfront.h"

#include <array>
#include <span>
#include <utility>
#include <vector>

#include "logs/lines/columns.h"
#include "logs/lines/record_filler.h"
#include "logs/lines/split_line.h"

namespace tidemark {

namespace {

// AWS, "Standard log file fields": new ones are put at the end.
constexpr std::array<std::string_view, 33> documented_columns = {"date",
                                                                 "time",
                                                                 "x-edge-location",
                                                                 "sc-bytes",
                                                                 "c-ip",
                                                                 "cs-method",
                                                                 "cs(Host)",
                                                                 "cs-uri-stem",
                                                                 "sc-status",
                                                                 "cs(Referer)",
                                                                 "cs(User-Agent)",
                                                                 "cs-uri-query",
                                                                 "cs(Cookie)",
                                                                 "x-edge-result-type",
                                                                 "x-edge-request-id",
                                                                 "x-host-header",
                                                                 "cs-protocol",
                                                                 "cs-bytes",
                                                                 "time-taken",
                                                                 "x-forwarded-for",
                                                                 "ssl-protocol",
                                                                 "ssl-cipher",
                                                                 "x-edge-response-result-type",
                                                                 "cs-protocol-version",
                                                                 "fle-status",
                                                                 "fle-encrypted-fields",
                                                                 "c-port",
                                                                 "time-to-first-byte",
                                                                 "x-edge-detailed-result-type",
                                                                 "sc-content-type",
                                                                 "sc-content-len",
                                                                 "sc-range-start",
                                                                 "sc-range-end"};
constexpr std::size_t documented_columns_min = 12;

std::vector<RoleNames> default_names() {
    // cs(Host) is the distribution's name, x-host-header the one that the client asked.
    return {{Role::time, {"time"}},
            {Role::date, {"date"}},
            {Role::bytes, {"sc-bytes"}},
            {Role::status, {"sc-status"}},
            {Role::method, {"cs-method"}},
            {Role::url, {"cs-uri-stem"}},
            {Role::query, {"cs-uri-query"}},
            {Role::host, {"x-host-header", "cs(Host)"}}};
}

struct ColumnRange {
    std::size_t min = 0;
    std::size_t max = 0;
};

class CloudFrontParser final : public LineParser {
 public:
    CloudFrontParser(std::vector<WantedNames> wanted, const RecordFiller& filler)
        : wanted_(std::move(wanted)),
          filler_(filler),
          columns_(documented_columns, wanted_),
          range_{documented_columns_min, documented_columns.size()} {}

    void set_columns(const Columns& columns) {
        columns_ = columns;
        range_ = {columns.count(), columns.count()};
    }

    [[nodiscard]] std::unique_ptr<LineParser> clone() const override {
        auto copy = std::make_unique<CloudFrontParser>(wanted_, filler_);
        copy->columns_ = columns_;
        copy->range_ = range_;
        return copy;
    }

    void take_directive(std::string_view line, bool /*first_line_of_file*/) override {
        if (const std::vector<std::string_view> names = find_fields_directive(line);
            !names.empty()) {
            set_columns(Columns(names, wanted_));
        }
    }

    LineVerdict parse(std::string_view line, LogRecord& record) override {
        if (line.empty() || line[0] == '#') {
            take_directive(line, false);
            return LineVerdict::comment();
        }
        const std::size_t count =
            split_columns(line, '\t', std::span(texts_).first(columns_.needed()));
        if (count < range_.min || count > range_.max) {
            return LineVerdict::rejected(RejectReason::malformed);
        }
        RoleTexts roles;
        columns_.pick(texts_.data(), roles);
        return filler_.fill(roles, record);
    }

 private:
    std::vector<WantedNames> wanted_;
    RecordFiller filler_;
    Columns columns_;
    ColumnRange range_;
    std::array<std::string_view, Columns::names_max> texts_{};
};

}  // namespace

Result<std::unique_ptr<LineParser>> make_cloudfront_parser(const Reading& reading) {
    TIDEMARK_ASSIGN_OR_RETURN(const RecordFiller filler,
                              RecordFiller::make(reading, StatusForm::number));
    std::vector<WantedNames> wanted = wanted_names(reading, default_names());
    auto parser = std::make_unique<CloudFrontParser>(wanted, filler);
    if (!reading.layout.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(const Columns columns, configured_columns(reading, wanted));
        parser->set_columns(columns);
    }
    return parser;
}

}  // namespace tidemark
