#include "logs/lines/fastly.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "logs/lines/combined.h"
#include "logs/lines/json_roles.h"
#include "logs/lines/record_filler.h"
#include "logs/lines/syslog_prefix.h"

namespace tidemark {

namespace {

std::vector<RoleNames> default_names() {
    return {{Role::time, {"date_time", "timestamp", "time"}},
            {Role::bytes, {"bytes", "resp_bytes", "resp_body_bytes", "bytes_sent"}},
            {Role::url, {"url", "request"}},
            {Role::status, {"status", "resp_status"}},
            {Role::method, {"method", "request_method"}},
            {Role::host, {"host"}}};
}

constexpr std::string_view version_path[] = {"version"};

class FastlyParser final : public LineParser {
 public:
    FastlyParser(std::unique_ptr<LineParser> text_parser,
                 std::unique_ptr<JsonRoles> values,
                 const RecordFiller& filler,
                 std::vector<std::string> versions)
        : text_parser_(std::move(text_parser)),
          values_(std::move(values)),
          filler_(filler),
          versions_(std::move(versions)) {}

    [[nodiscard]] std::unique_ptr<LineParser> clone() const override {
        return std::make_unique<FastlyParser>(
            text_parser_ == nullptr ? nullptr : text_parser_->clone(),
            values_->clone(),
            filler_,
            versions_);
    }

    [[nodiscard]] bool has_directives() const override { return false; }

    LineVerdict parse(std::string_view line, LogRecord& record) override {
        if (line.empty() || line[0] == '#') {
            return LineVerdict::comment();
        }
        const std::optional<std::string_view> message = skip_syslog_prefix(line);
        if (!message || message->empty()) {
            return LineVerdict::rejected(RejectReason::malformed);
        }
        if (message->front() == '{') {
            return parse_json(*message, record);
        }
        // Fields are named, and the text form has no names.
        return text_parser_ == nullptr ? LineVerdict::rejected(RejectReason::malformed)
                                       : text_parser_->parse(*message, record);
    }

 private:
    LineVerdict parse_json(std::string_view message, LogRecord& record) {
        RoleTexts roles;
        switch (values_->read(message, roles)) {
            case JsonValues::Outcome::malformed:
                return LineVerdict::rejected(RejectReason::malformed);
            case JsonValues::Outcome::nul_byte:
                return LineVerdict::rejected(RejectReason::nul_byte);
            case JsonValues::Outcome::found:
                break;
        }
        const std::string_view version = values_->extra(0);
        if (!version.empty() && std::ranges::find(versions_, version) == versions_.end()) {
            return LineVerdict::ignored(IgnoreReason::version);
        }
        return filler_.fill(roles, record);
    }

    std::unique_ptr<LineParser> text_parser_;  // null when the reading needs named fields
    std::unique_ptr<JsonRoles> values_;
    RecordFiller filler_;
    std::vector<std::string> versions_;
};

bool needs_names(const Reading& reading) {
    return reading.subject.kind == SubjectRule::Kind::field ||
           std::ranges::any_of(reading.metrics, [](const MetricRule& rule) {
               return rule.kind == MetricRule::Kind::field;
           });
}

}  // namespace

Result<std::unique_ptr<LineParser>> make_fastly_parser(const Reading& reading) {
    TIDEMARK_ASSIGN_OR_RETURN(const RecordFiller filler,
                              RecordFiller::make(reading, StatusForm::number));
    std::unique_ptr<LineParser> text_parser;
    if (!needs_names(reading)) {
        TIDEMARK_ASSIGN_OR_RETURN(text_parser, make_combined_parser(reading));
    }
    auto values = std::make_unique<JsonRoles>(wanted_names(reading, default_names()), version_path);
    std::vector<std::string> versions = reading.versions;
    if (versions.empty()) {
        versions.emplace_back("1");
    }
    return std::make_unique<FastlyParser>(
        std::move(text_parser), std::move(values), filler, std::move(versions));
}

}  // namespace tidemark
