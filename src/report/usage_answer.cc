#include "report/usage_answer.h"

#include <cstddef>
#include <set>
#include <string_view>
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

Result<void> check_metrics(const UsageQuestion& question) {
    const Dataset& dataset = question.request.dataset;
    std::set<std::string_view> seen;
    for (const std::string& metric : question.metrics) {
        if (!dataset.find_metric(metric).has_value()) {
            const std::vector<std::string_view> names(dataset.metrics().begin(),
                                                      dataset.metrics().end());
            return Error{ErrorKind::invalid_input,
                         fmt::format("metric '{}': dataset '{}' has no such metric{}",
                                     metric,
                                     dataset.name(),
                                     did_you_mean(metric, names))};
        }
        if (!seen.insert(metric).second) {
            return Error{ErrorKind::invalid_input, fmt::format("metric '{}': named twice", metric)};
        }
    }
    return {};
}

// The places of the metrics' columns; of a gauge its marks too (report/gauge_report.h).
std::vector<std::size_t> places_of(const std::vector<std::string>& columns,
                                   const std::vector<std::string>& metrics) {
    std::vector<std::size_t> places;
    for (const std::string& metric : metrics) {
        for (std::size_t place = 0; place < columns.size(); ++place) {
            const std::string& column = columns[place];
            if (column == metric || column == "max_" + metric ||
                column == "observed_max_" + metric) {
                places.push_back(place);
            }
        }
    }
    return places;
}

template <typename T>
void keep_places(std::vector<T>& all, const std::vector<std::size_t>& places) {
    if (all.empty()) {
        return;
    }
    std::vector<T> kept;
    for (const std::size_t place : places) {
        kept.push_back(std::move(all[place]));
    }
    all = std::move(kept);
}

Result<void> keep_metrics(UsageReport& report, const std::vector<std::string>& metrics) {
    const std::vector<std::size_t> places = places_of(report.columns, metrics);
    TIDEMARK_ASSIGN_OR_RETURN(report.dataset,
                              Dataset::declare({.name = report.dataset.name(),
                                                .kind = report.dataset.kind(),
                                                .subject = report.dataset.subject(),
                                                .metrics = metrics}));
    keep_places(report.columns, places);
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
    TIDEMARK_RETURN_IF_ERROR(check_metrics(question));
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
    if (!question.metrics.empty()) {
        TIDEMARK_RETURN_IF_ERROR(keep_metrics(report, question.metrics));
    }
    return report;
}

}  // namespace tidemark
