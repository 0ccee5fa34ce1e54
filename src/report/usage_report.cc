#include "report/usage_report.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/nearest_name.h"
#include "report/clipped_usage.h"
#include "report/gauge_report.h"
#include "report/usage_periods.h"
#include "store/usage_period.h"

namespace tidemark {

namespace {

constexpr std::int64_t report_rows_max = 10'000'000;

Result<std::string> checked_metric(const UsageRequest& request) {
    if (request.top_metric.empty()) {
        return request.dataset.metrics().front();
    }
    if (!request.dataset.find_metric(request.top_metric).has_value()) {
        const std::vector<std::string_view> known(request.dataset.metrics().begin(),
                                                  request.dataset.metrics().end());
        return Error{ErrorKind::invalid_input,
                     fmt::format("metric '{}': dataset '{}' has no such metric{}",
                                 request.top_metric,
                                 request.dataset.name(),
                                 did_you_mean(request.top_metric, known))};
    }
    return request.top_metric;
}

Result<void> check(const UsageRequest& request) {
    const bool gauge = request.dataset.kind() == DatasetKind::gauge;
    if (gauge && request.period == UsagePeriod::slot) {
        return Error{
            ErrorKind::invalid_input,
            fmt::format("dataset '{}': it is a gauge, which has no slots: ask by day, month "
                        "or total",
                        request.dataset.name())};
    }
    if (!gauge && request.carry) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("fill carry: dataset '{}' is a counter, and what was used is not "
                                 "carried on",
                                 request.dataset.name())};
    }
    if (request.from >= request.to) {
        return Error{
            ErrorKind::invalid_input,
            fmt::format("range {} to {}: it must end after it begins (the end is exclusive)",
                        request.from.to_string(),
                        request.to.to_string())};
    }
    if (request.top < 0) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("top {}: expected a number above 0", request.top)};
    }
    if (request.top > 0 && !request.subjects.empty()) {
        return Error{ErrorKind::invalid_input,
                     "top and subject: ask for the largest subjects or for named ones, not both"};
    }
    if (request.page.has_value() && (request.top > 0 || !request.subjects.empty())) {
        return Error{ErrorKind::invalid_input,
                     "limit: a page of all subjects, not together with top or subject"};
    }
    const std::int64_t days = request.to.days_since_epoch() - request.from.days_since_epoch();
    const std::int64_t series = series_max(request);
    const std::int64_t periods = request.period == UsagePeriod::slot ? days * Slot::per_day : days;
    if (request.period != UsagePeriod::total && periods > report_rows_max / series) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("range {} to {} by {} for {} series: more than {} rows; ask for a "
                                 "shorter range or a longer period",
                                 request.from.to_string(),
                                 request.to.to_string(),
                                 to_string(request.period),
                                 series,
                                 report_rows_max)};
    }
    return {};
}

UsageQuery query_of(const UsageRequest& request) {
    return {.dataset = request.dataset.name(),
            .subjects = request.subjects,
            .from = request.from,
            .to = request.to,
            .period = request.period,
            .per_subject = !request.subjects.empty()};
}

Result<std::vector<std::string>> largest_subjects(Store& store,
                                                  const UsageRequest& request,
                                                  std::string_view metric) {
    const std::size_t place = *request.dataset.find_metric(metric);
    UsageQuery query = query_of(request);
    query.period = UsagePeriod::total;
    query.per_subject = true;
    TIDEMARK_ASSIGN_OR_RETURN(UsageAnswer answer, read_usage_until(store, query, request.until));
    const auto wanted = std::min(answer.rows.size(), static_cast<std::size_t>(request.top));
    std::ranges::partial_sort(
        answer.rows,
        answer.rows.begin() + static_cast<std::ptrdiff_t>(wanted),
        [place](const UsageAnswerRow& left, const UsageAnswerRow& right) {
            return std::pair(right.values[place], std::string_view(left.subject)) <
                   std::pair(left.values[place], std::string_view(right.subject));
        });
    std::vector<std::string> subjects;
    for (std::size_t i = 0; i < wanted; ++i) {
        subjects.push_back(std::move(answer.rows[i].subject));
    }
    return subjects;
}

// Puts the answer's rows into the series asked for and fills what is missing with "no data".
std::vector<UsageReportRow> fill_series(const UsageRequest& request, const UsageAnswer& answer) {
    std::vector<std::string> series = request.subjects;
    if (series.empty()) {
        series.emplace_back();
    }
    const std::vector<Slot> begins = period_begins(request);
    std::map<std::string_view, std::vector<const UsageAnswerRow*>> known;
    for (const std::string& subject : series) {
        known.try_emplace(subject, begins.size(), nullptr);
    }
    for (const UsageAnswerRow& row : answer.rows) {
        const auto begin = std::ranges::lower_bound(begins, row.period_begin);
        const auto found = known.find(row.subject);
        TIDEMARK_CHECK(begin != begins.end() && *begin == row.period_begin);
        TIDEMARK_CHECK(found != known.end());
        found->second[static_cast<std::size_t>(begin - begins.begin())] = &row;
    }
    std::vector<std::string> names;
    for (const Slot begin : begins) {
        names.push_back(name_of_period(request, begin));
    }
    std::vector<UsageReportRow> rows;
    rows.reserve(series.size() * begins.size());
    for (const std::string& subject : series) {
        const std::vector<const UsageAnswerRow*>& found = known.at(subject);
        for (std::size_t place = 0; place < begins.size(); ++place) {
            const UsageAnswerRow* const row = found[place];
            UsageReportRow& filled = rows.emplace_back();
            filled.subject = subject;
            filled.period = names[place];
            filled.no_data = row == nullptr;
            filled.values.resize(request.dataset.metrics().size());
            if (row != nullptr) {
                std::ranges::copy(row->values, filled.values.begin());
            }
        }
    }
    return rows;
}

UsageReport empty_report(const UsageRequest& request) {
    return {.dataset = request.dataset,
            .from = request.from,
            .to = request.to,
            .period = request.period,
            .columns = request.dataset.metrics(),
            .rows = {},
            .purged_days = {},
            .until = request.until};
}

// `series`: the request with the subjects that it comes to.
void put_answer(const UsageRequest& series, const UsageAnswer& answer, UsageReport& report) {
    report.purged_days = answer.purged_days;
    report.day_grained_days = answer.day_grained_days;
    report.rows = fill_series(series, answer);
}

}  // namespace

Result<void> check_usage(const UsageRequest& request) {
    return check(request);
}

std::int64_t series_max(const UsageRequest& request) {
    return std::max({static_cast<std::int64_t>(request.subjects.size()),
                     request.top,
                     request.page.has_value() ? request.page->limit : 0,
                     std::int64_t{1}});
}

Result<std::vector<std::string>> turn_page(Store& store,
                                           const UsageRequest& request,
                                           PageEnd& end) {
    // One more than asked for tells whether there is more.
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<std::string> subjects,
                              store.find_subjects({.dataset = request.dataset.name(),
                                                   .from = request.from,
                                                   .to = request.to,
                                                   .after = request.page->after,
                                                   .limit = request.page->limit + 1}));
    end.more = static_cast<std::int64_t>(subjects.size()) > request.page->limit;
    if (end.more) {
        subjects.pop_back();
    }
    end.last_subject = subjects.empty() ? "" : subjects.back();
    return subjects;
}

Result<UsageReport> report_usage(Store& store, const UsageRequest& request) {
    TIDEMARK_RETURN_IF_ERROR(check(request));
    TIDEMARK_ASSIGN_OR_RETURN(const std::string metric, checked_metric(request));
    if (request.dataset.kind() == DatasetKind::gauge) {
        return report_gauge(store, request);
    }
    UsageReport report = empty_report(request);
    UsageRequest series = request;
    if (request.top > 0) {
        // The ranking is of one instant, the rows of a slightly later one; each is exact at its
        // own.
        TIDEMARK_ASSIGN_OR_RETURN(series.subjects, largest_subjects(store, request, metric));
        if (series.subjects.empty()) {
            return report;
        }
    }
    if (request.page.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(series.subjects,
                                  turn_page(store, request, report.page.emplace()));
        if (series.subjects.empty()) {
            return report;
        }
    }
    TIDEMARK_ASSIGN_OR_RETURN(const UsageAnswer answer,
                              read_usage_until(store, query_of(series), request.until));
    put_answer(series, answer, report);
    return report;
}

bool takes_one_read(const UsageRequest& request) {
    return request.dataset.kind() == DatasetKind::counter && request.top == 0 &&
           !request.page.has_value() && !request.until.has_value();
}

Result<VersionedReport> report_versioned_usage(Store& store, const UsageRequest& request) {
    TIDEMARK_CHECK(takes_one_read(request));
    TIDEMARK_RETURN_IF_ERROR(check(request));
    TIDEMARK_RETURN_IF_ERROR(checked_metric(request));
    TIDEMARK_ASSIGN_OR_RETURN(VersionedAnswer read, store.read_versioned_usage(query_of(request)));
    VersionedReport versioned{.version = std::move(read.version), .report = empty_report(request)};
    put_answer(request, read.answer, versioned.report);
    return versioned;
}

}  // namespace tidemark
