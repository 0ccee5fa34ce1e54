// GET /v1/usage: the numbers of `tidemark usage`, over HTTP.

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/content_hash.h"
#include "base/nearest_name.h"
#include "http/media_type.h"
#include "report/local_days.h"
#include "report/usage_answer.h"
#include "report/usage_format.h"
#include "serve/access.h"
#include "serve/endpoint.h"
#include "serve/query_reader.h"
#include "store/usage_period.h"

namespace tidemark {

namespace {

constexpr int days_by_default = 30;
constexpr std::size_t subjects_max = 1000;
// The work and the memory of one request.
constexpr std::int64_t rows_max = 100'000;

constexpr std::array<std::string_view, 3> media_types{
    "application/json", "text/csv", "application/x-ndjson"};
constexpr std::array<UsageFormat, 3> formats{
    UsageFormat::json, UsageFormat::csv, UsageFormat::ndjson};

void check_metric(QueryReader& reader,
                  std::string_view name,
                  const std::string& metric,
                  const Dataset& dataset) {
    if (!dataset.find_metric(metric).has_value()) {
        const std::vector<std::string_view> known(dataset.metrics().begin(),
                                                  dataset.metrics().end());
        reader.refuse(
            name,
            metric,
            fmt::format(
                "dataset '{}' has no such metric{}", dataset.name(), did_you_mean(metric, known)));
    }
}

void check_rows(QueryReader& reader, const UsageRequest& request) {
    const std::int64_t days = request.to.days_since_epoch() - request.from.days_since_epoch();
    if (days <= 0) {
        reader.refuse("to", request.to.to_string(), "must be after `from`: it is exclusive");
        return;
    }
    const auto series = static_cast<std::int64_t>(
        std::max<std::size_t>({request.subjects.size(), static_cast<std::size_t>(request.top), 1}));
    const std::int64_t periods = request.period == UsagePeriod::slot ? days * Slot::per_day : days;
    if (periods > rows_max / series) {
        reader.refuse(
            "from",
            request.from.to_string(),
            fmt::format("more than {} rows by the day or slot; ask for a shorter range or "
                        "fewer subjects",
                        rows_max));
    }
}

void read_dataset(QueryReader& reader, const Setting& setting, std::optional<Dataset>& dataset) {
    std::string name;
    reader.read("dataset", name);
    Result<Dataset> found = find_dataset(setting, name);
    if (!found.has_value()) {
        reader.refuse("dataset", name, found.error().message);
    } else {
        dataset = std::move(found).value();
    }
}

void read_range(QueryReader& reader, const Clock& clock, UsageRequest& request) {
    std::optional<UtcDay> from;
    std::optional<UtcDay> to;
    reader.read("from", from);
    reader.read("to", to);
    const UtcDay today = UtcDay::containing(std::chrono::floor<std::chrono::seconds>(clock.now()));
    request.to = to.value_or(today.next());
    request.from = from.value_or(request.to.plus_days(-days_by_default));
    request.carry_to = today.next();
}

void read_period(QueryReader& reader, UsageRequest& request) {
    std::string by(to_string(request.period));
    reader.read("by", by);
    const Result<UsagePeriod> period = parse_usage_period(by);
    if (period.has_value()) {
        request.period = *period;
    } else {
        reader.refuse("by", by, period.error().message);
    }
    const bool gauge = request.dataset.kind() == DatasetKind::gauge;
    if (gauge && request.period == UsagePeriod::slot) {
        reader.refuse("by", by, "a gauge has no slots; ask by day, month or total");
    }
    std::string fill = "none";
    reader.read("fill", fill);
    if (fill != "none" && (fill != "carry" || !gauge)) {
        reader.refuse("fill", fill, "expected none or, of a gauge, carry");
    }
    request.carry = fill == "carry";
}

void read_time_zone(QueryReader& reader, UsageQuestion& question) {
    reader.read("tz", question.time_zone);
    if (question.time_zone.empty()) {
        return;
    }
    const Result<std::vector<TimeRange>> days =
        local_days(question.time_zone, question.request.from, question.request.from);
    if (!days.has_value()) {
        reader.refuse("tz", question.time_zone, days.error().message);
    } else if (question.request.period != UsagePeriod::day) {
        reader.refuse("tz", question.time_zone, "only with by=day");
    } else if (question.request.dataset.kind() == DatasetKind::gauge) {
        reader.refuse("tz", question.time_zone, "a gauge is kept by UTC days alone");
    } else if (question.request.top > 0) {
        reader.refuse("tz", question.time_zone, "not together with `top`");
    }
}

// The question, or the first parameter that is wrong.
std::variant<UsageQuestion, http::Problem> read_question(const Call& call) {
    QueryReader reader(call);
    std::optional<Dataset> dataset;
    read_dataset(reader, call.setting, dataset);
    const UtcDay epoch = UtcDay::from_days_since_epoch(0);
    UsageQuestion question{.request = {.dataset = dataset.value_or(call.setting.datasets.front()),
                                       .subjects = {},
                                       .from = epoch,
                                       .to = epoch,
                                       .top_metric = {}}};
    UsageRequest& request = question.request;
    reader.read_all("subject", request.subjects, subjects_max);
    read_range(reader, call.setting.clock, request);
    read_period(reader, request);
    reader.read("top", request.top, 1, static_cast<std::int64_t>(subjects_max));
    reader.read("metric", request.top_metric);
    reader.read_list("metrics", question.metrics);
    reader.read("synced", question.synced);
    if (request.top > 0 && !request.subjects.empty()) {
        reader.refuse("top", std::to_string(request.top), "not together with `subject`");
    }
    if (dataset.has_value() && !request.top_metric.empty()) {
        check_metric(reader, "metric", request.top_metric, *dataset);
    }
    for (const std::string& metric : question.metrics) {
        if (dataset.has_value()) {
            check_metric(reader, "metrics", metric, *dataset);
        }
    }
    check_rows(reader, request);
    read_time_zone(reader, question);
    if (std::optional<http::Problem> fault = reader.finish(); fault.has_value()) {
        return *std::move(fault);
    }
    return question;
}

// A key of some subjects must name whom it asks for: all together tell of the others.
std::optional<http::Problem> check_access(const Access& access, const UsageRequest& request) {
    if (!access.may_use_dataset(request.dataset.name())) {
        return not_allowed("dataset", request.dataset.name(), "the key is not for this dataset");
    }
    if (!access.all_subjects() && request.subjects.empty()) {
        return not_allowed("subject", "", "the key is for some subjects, which must be named");
    }
    for (const std::string& subject : request.subjects) {
        if (!access.may_use_subject(subject)) {
            return not_allowed("subject", subject, "the key is not for this subject");
        }
    }
    return std::nullopt;
}

// The same as long as the answer is: all of it but how old the metadata is, which changes by
// itself.
std::string entity_tag(UsageReport report, UsageFormat format) {
    if (report.progress.has_value()) {
        report.progress->metadata_age.reset();
    }
    ContentHasher hasher;
    hasher.update(format_usage(report, format));
    return "W/\"" + hasher.finish().to_string() + "\"";
}

}  // namespace

Result<http::Response> get_usage(const Call& call) {
    const http::RequestHead& head = call.request.head;
    const auto media_type = http::choose_media_type(head.fields.find("Accept"), media_types);
    if (!media_type.has_value()) {
        return http::to_response({.status = 406,
                                  .detail =
                                      "header Accept: usage comes as application/json, text/csv or "
                                      "application/x-ndjson",
                                  .field = "Accept",
                                  .value = std::string(head.fields.find("Accept").value_or(""))});
    }
    const auto place =
        static_cast<std::size_t>(std::ranges::find(media_types, *media_type) - media_types.begin());
    const UsageFormat format = formats.at(place);
    const auto question = read_question(call);
    if (const auto* problem = std::get_if<http::Problem>(&question); problem != nullptr) {
        return http::to_response(*problem);
    }
    const UsageQuestion& asked = std::get<UsageQuestion>(question);
    if (const auto problem = check_access(call.access, asked.request); problem.has_value()) {
        return http::to_response(*problem);
    }
    const KnownProgress known = call.backend.read_progress();
    TIDEMARK_ASSIGN_OR_RETURN(const UsageReport report,
                              answer_usage(call.backend.store(), asked, known));
    const std::string tag = entity_tag(report, format);
    http::Response response = json_response(200, "");
    response.fields.set("Content-Type", std::string(*media_type));
    response.fields.set("ETag", tag);
    response.fields.set("Vary", "Accept, Authorization");
    if (http::names_entity_tag(head.fields.find("If-None-Match").value_or(""), tag)) {
        response.status = 304;
        return response;
    }
    response.body = format_usage(report, format);
    return response;
}

}  // namespace tidemark
