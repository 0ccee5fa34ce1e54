#include "report/usage_answer.h"

#include <cstddef>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/nearest_name.h"
#include "report/local_days.h"
#include "report/previous_usage.h"

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

void keep_places(std::vector<UsageReportRow>& rows, const std::vector<std::size_t>& places) {
    for (UsageReportRow& row : rows) {
        keep_places(row.values, places);
        keep_places(row.lower, places);
        keep_places(row.upper, places);
    }
}

Result<void> keep_metrics(UsageReport& report, const std::vector<std::string>& metrics) {
    const std::vector<std::size_t> places = places_of(report.columns, metrics);
    TIDEMARK_ASSIGN_OR_RETURN(report.dataset,
                              Dataset::declare({.name = report.dataset.name(),
                                                .kind = report.dataset.kind(),
                                                .subject = report.dataset.subject(),
                                                .metrics = metrics}));
    keep_places(report.columns, places);
    keep_places(report.rows, places);
    if (report.previous.has_value()) {
        keep_places(report.previous->rows, places);
    }
    return {};
}

Result<UsageReport> report_of(Store& store,
                              const UsageRequest& request,
                              const std::string& time_zone) {
    return time_zone.empty() ? report_usage(store, request)
                             : report_local_usage(store, request, time_zone);
}

// Asks the same of the time before. It is read after the report, each exact at its own instant.
Result<void> compare(Store& store,
                     const UsageRequest& request,
                     const std::string& time_zone,
                     UsageReport& report) {
    TIDEMARK_ASSIGN_OR_RETURN(UsageRequest previous, previous_request(request));
    if (request.subjects.empty()) {
        previous.subjects = subjects_of(report);
    }
    if (report.rows.empty()) {
        report.previous = PreviousUsage{.from = previous.from, .to = previous.to, .rows = {}};
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(UsageReport before, report_of(store, previous, time_zone));
    put_beside(std::move(before), report);
    return {};
}

// What is said beside the numbers, and which of them.
Result<void> complete(UsageReport& report,
                      const UsageQuestion& question,
                      const KnownProgress& known) {
    TIDEMARK_ASSIGN_OR_RETURN(report.progress, progress_of(question, known));
    return question.metrics.empty() ? Result<void>() : keep_metrics(report, question.metrics);
}

}  // namespace

Result<UsageRequest> bounded_request(const UsageQuestion& question, const KnownProgress& known) {
    UsageRequest request = question.request;
    if (question.synced && !request.until.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(request.until, overall_synced_through(known));
    }
    return request;
}

Result<UsageProgress> progress_of(const UsageQuestion& question, const KnownProgress& known) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<NamedDay> days,
                              days_of(question.request, question.time_zone));
    return usage_progress(known, question.request.dataset.name(), days);
}

Result<UsageReport> answer_usage(Store& store,
                                 const UsageQuestion& question,
                                 const KnownProgress& known) {
    TIDEMARK_RETURN_IF_ERROR(check_usage(question.request));
    TIDEMARK_RETURN_IF_ERROR(check_metrics(question));
    TIDEMARK_ASSIGN_OR_RETURN(const UsageRequest request, bounded_request(question, known));
    TIDEMARK_ASSIGN_OR_RETURN(UsageReport report, report_of(store, request, question.time_zone));
    if (question.compare_previous) {
        TIDEMARK_RETURN_IF_ERROR(compare(store, request, question.time_zone, report));
    }
    TIDEMARK_RETURN_IF_ERROR(complete(report, question, known));
    return report;
}

bool takes_one_read(const UsageQuestion& question) {
    return takes_one_read(question.request) && !question.synced && question.time_zone.empty() &&
           !question.compare_previous;
}

Result<VersionedReport> answer_versioned_usage(Store& store,
                                               const UsageQuestion& question,
                                               const KnownProgress& known) {
    TIDEMARK_CHECK(takes_one_read(question));
    TIDEMARK_RETURN_IF_ERROR(check_usage(question.request));
    TIDEMARK_RETURN_IF_ERROR(check_metrics(question));
    TIDEMARK_ASSIGN_OR_RETURN(VersionedReport read,
                              report_versioned_usage(store, question.request));
    TIDEMARK_RETURN_IF_ERROR(complete(read.report, question, known));
    return read;
}

}  // namespace tidemark
