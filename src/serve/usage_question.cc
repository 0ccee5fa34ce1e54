#include "serve/usage_question.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "report/local_days.h"
#include "report/previous_usage.h"
#include "serve/query_reader.h"
#include "serve/usage_cursor.h"
#include "store/usage_period.h"

namespace tidemark {

namespace {

constexpr int days_by_default = 30;
constexpr std::size_t subjects_max = 1000;
constexpr std::int64_t page_limit_by_default = 100;

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
    if (request.from >= request.to) {
        reader.refuse("to", request.to.to_string(), "must be after `from`: it is exclusive");
    } else if (rows_asked(request) > usage_rows_max) {
        reader.refuse(
            "from",
            request.from.to_string(),
            fmt::format("more than {} rows by the day or slot; ask for a shorter range or "
                        "fewer subjects",
                        usage_rows_max));
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
    } else if (question.request.top > 0 || question.request.page.has_value()) {
        reader.refuse("tz", question.time_zone, "not together with `top` or `limit`");
    }
}

// `limit` and `cursor`: a page of all subjects. What the first page began with goes on.
void read_page(QueryReader& reader, const http::Target& target, UsageQuestion& question) {
    UsageRequest& request = question.request;
    std::int64_t limit = 0;
    std::string text;
    reader.read("limit", limit, 1, static_cast<std::int64_t>(subjects_max));
    reader.read("cursor", text);
    if (limit == 0 && text.empty()) {
        return;
    }
    request.page = SubjectPage{.limit = limit > 0 ? limit : page_limit_by_default};
    const char* const given = text.empty() ? "limit" : "cursor";
    if (request.top > 0 || !request.subjects.empty()) {
        reader.refuse(given,
                      text.empty() ? std::to_string(limit) : text,
                      "pages are of all subjects; not together with `top` or `subject`");
    }
    if (text.empty()) {
        return;
    }
    const Result<UsageCursor> cursor = parse_usage_cursor(text);
    if (!cursor.has_value()) {
        reader.refuse("cursor", text, cursor.error().message);
    } else if (cursor->question != digest_of_question(target)) {
        reader.refuse(
            "cursor", text, "of another question: send it with the parameters of the first page");
    } else {
        request.from = cursor->from;
        request.to = cursor->to;
        request.until = cursor->until;
        request.page->after = cursor->after;
    }
}

void read_compare(QueryReader& reader, UsageQuestion& question) {
    std::string compare = "none";
    reader.read("compare", compare);
    if (compare != "none" && compare != "previous") {
        reader.refuse("compare", compare, "expected previous or none");
        return;
    }
    question.compare_previous = compare == "previous";
    if (question.compare_previous && question.request.from < question.request.to) {
        const Result<UsageRequest> previous = previous_request(question.request);
        if (!previous.has_value()) {
            reader.refuse("compare", compare, previous.error().message);
        }
    }
}

void read_metrics(QueryReader& reader,
                  const std::optional<Dataset>& dataset,
                  UsageQuestion& question) {
    reader.read("metric", question.request.top_metric);
    reader.read_list("metrics", question.metrics);
    if (!dataset.has_value()) {
        return;
    }
    if (!question.request.top_metric.empty()) {
        check_metric(reader, "metric", question.request.top_metric, *dataset);
    }
    for (const std::string& metric : question.metrics) {
        check_metric(reader, "metrics", metric, *dataset);
    }
}

}  // namespace

std::int64_t rows_asked(const UsageRequest& request) {
    const std::int64_t days = request.to.days_since_epoch() - request.from.days_since_epoch();
    const std::int64_t periods = request.period == UsagePeriod::slot ? days * Slot::per_day : days;
    return periods * series_max(request);
}

std::variant<UsageQuestion, http::Problem> read_usage_question(
    const http::Target& target, std::span<const Parameter> parameters, const Setting& setting) {
    QueryReader reader(target, parameters);
    std::optional<Dataset> dataset;
    read_dataset(reader, setting, dataset);
    const UtcDay epoch = UtcDay::from_days_since_epoch(0);
    UsageQuestion question{.request = {.dataset = dataset.value_or(setting.datasets.front()),
                                       .subjects = {},
                                       .from = epoch,
                                       .to = epoch,
                                       .top_metric = {}}};
    UsageRequest& request = question.request;
    reader.read_all("subject", request.subjects, subjects_max);
    read_range(reader, setting.clock, request);
    read_period(reader, request);
    reader.read("top", request.top, 1, static_cast<std::int64_t>(subjects_max));
    if (request.top > 0 && !request.subjects.empty()) {
        reader.refuse("top", std::to_string(request.top), "not together with `subject`");
    }
    read_metrics(reader, dataset, question);
    reader.read("synced", question.synced);
    read_page(reader, target, question);
    check_rows(reader, request);
    read_compare(reader, question);
    read_time_zone(reader, question);
    if (std::optional<http::Problem> fault = reader.finish(); fault.has_value()) {
        return *std::move(fault);
    }
    return question;
}

}  // namespace tidemark
