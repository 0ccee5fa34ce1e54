#include "logs/lines/json.h"

#include <utility>
#include <vector>

#include "logs/lines/json_roles.h"
#include "logs/lines/record_filler.h"

namespace tidemark {

namespace {

std::vector<RoleNames> default_names() {
    return {{Role::time,
             {"time", "timestamp", "date_time", "time_local", "@timestamp", "time_iso8601", "ts"}},
            {Role::bytes, {"bytes", "sent", "bytes_sent", "body_bytes_sent"}},
            {Role::url, {"url", "uri", "request_uri", "request", "path"}},
            {Role::status, {"status", "status_code"}},
            {Role::method, {"method", "request_method"}},
            {Role::host, {"host", "http_host"}}};
}

class JsonParser final : public LineParser {
 public:
    JsonParser(std::unique_ptr<JsonRoles> values, const RecordFiller& filler)
        : values_(std::move(values)), filler_(filler) {}

    [[nodiscard]] std::unique_ptr<LineParser> clone() const override {
        return std::make_unique<JsonParser>(values_->clone(), filler_);
    }

    [[nodiscard]] bool has_directives() const override { return false; }

    LineVerdict parse(std::string_view line, LogRecord& record) override {
        if (line.empty() || line[0] == '#') {
            return LineVerdict::comment();
        }
        RoleTexts roles;
        switch (values_->read(line, roles)) {
            case JsonValues::Outcome::malformed:
                return LineVerdict::rejected(RejectReason::malformed);
            case JsonValues::Outcome::nul_byte:
                return LineVerdict::rejected(RejectReason::nul_byte);
            case JsonValues::Outcome::found:
                break;
        }
        return filler_.fill(roles, record);
    }

 private:
    std::unique_ptr<JsonRoles> values_;
    RecordFiller filler_;
};

}  // namespace

Result<std::unique_ptr<LineParser>> make_json_parser(const Reading& reading) {
    TIDEMARK_ASSIGN_OR_RETURN(const RecordFiller filler,
                              RecordFiller::make(reading, StatusForm::number));
    auto values = std::make_unique<JsonRoles>(wanted_names(reading, default_names()),
                                              std::span<const std::string_view>());
    return std::make_unique<JsonParser>(std::move(values), filler);
}

}  // namespace tidemark
