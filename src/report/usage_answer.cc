#include "report/usage_answer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "report/local_days.h"

namespace tidemark {

namespace {

// Never assumed: without it an answer up to it cannot be given.
Result<std::chrono::sys_seconds> overall_synced_through(const KnownProgress& known) {
    if (known.snapshot.has_value() && known.snapshot->overall.synced_through.has_value()) {
        return *known.snapshot->overall.synced_through;
    }
    return Error{ErrorKind::refused,
                 "synced: how far all required datasets are complete is unknown; tidemark sources "
                 "says why"};
}

Result<std::vector<NamedDay>> days_of(const UsageRequest& request, const std::string& time_zone) {
    std::vector<NamedDay> days;
    std::vector<TimeRange> ranges;
    if (!time_zone.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(ranges, local_days(time_zone, request.from, request.to));
    }
    for (UtcDay day = request.from; day < request.to; day = day.next()) {
        days.push_back(
            {day.to_string(),
             time_zone.empty() ? TimeRange{day.begin(), day.end()} : ranges[days.size()]});
    }
    return days;
}

// The places of the metrics asked for; empty: all.
Result<std::vector<std::size_t>> places_of(const UsageQuestion& question) {
    const Dataset& dataset = question.request.dataset;
    std::vector<std::size_t> places;
    for (const std::string& metric : question.metrics) {
        const auto place = dataset.find_metric(metric);
        if (!place.has_value()) {
            const std::vector<std::string_view> names(dataset.metrics().begin(),
                                                      dataset.metrics().end());
            return Error{ErrorKind::invalid_input,
                         fmt::format("metric '{}': dataset '{}' has no such metric{}",
                                     metric,
                                     dataset.name(),
                                     did_you_mean(metric, names))};
        }
        if (std::ranges::find(places, *place) != places.end()) {
            return Error{ErrorKind::invalid_input, fmt::format("metric '{}': named twice", metric)};
        }
        places.push_back(*place);
    }
    return places;
}

void keep_places(std::vector<Total>& values, const std::vector<std::size_t>& places) {
    if (values.empty()) {
        return;
    }
    std::vector<Total> kept;
    for (const std::size_t place : places) {
        kept.push_back(values[place]);
    }
    values = std::move(kept);
}

Result<void> keep_metrics(UsageReport& report,
                          const std::vector<std::string>& metrics,
                          const std::vector<std::size_t>& places) {
    TIDEMARK_ASSIGN_OR_RETURN(report.dataset,
                              Dataset::declare({.name = report.dataset.name(),
                                                .kind = report.dataset.kind(),
                                                .subject = report.dataset.subject(),
                                                .metrics = metrics}));
    for (UsageReportRow& row : report.rows) {
        keep_places(row.values, places);
        keep_places(row.lower, places);
        keep_places(row.upper, places);
    }
    return {};
}

}  // namespace

Result<UsageReport> answer_usage(Store& store,
                                 const UsageQuestion& question,
                                 const KnownProgress& known) {
    TIDEMARK_RETURN_IF_ERROR(check_usage(question.request));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<std::size_t> places, places_of(question));
    UsageRequest request = question.request;
    if (question.synced) {
        TIDEMARK_ASSIGN_OR_RETURN(request.until, overall_synced_through(known));
    }
    TIDEMARK_ASSIGN_OR_RETURN(UsageReport report,
                              question.time_zone.empty()
                                  ? report_usage(store, request)
                                  : report_local_usage(store, request, question.time_zone));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<NamedDay> days,
                              days_of(request, question.time_zone));
    report.progress = usage_progress(known, request.dataset.name(), days);
    if (!places.empty()) {
        TIDEMARK_RETURN_IF_ERROR(keep_metrics(report, question.metrics, places));
    }
    return report;
}

}  // namespace tidemark
