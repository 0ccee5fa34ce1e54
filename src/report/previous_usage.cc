#include "report/previous_usage.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace tidemark {

namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

year_month_day calendar_of(UtcDay day) {
    return year_month_day(sys_days(std::chrono::days(day.days_since_epoch())));
}

bool begins_month(UtcDay day) {
    return calendar_of(day).day() == std::chrono::day(1);
}

// Whole months earlier; `day` is the first of one.
UtcDay months_before(UtcDay day, std::chrono::months count) {
    const sys_days moved(calendar_of(day) - count);
    return UtcDay::from_days_since_epoch(
        static_cast<std::int32_t>(moved.time_since_epoch().count()));
}

// As far into its month as `instant` is into its own, and no further than the month reaches.
sys_seconds months_before(sys_seconds instant, std::chrono::months count) {
    const UtcDay day = UtcDay::containing(instant);
    const auto into_month = static_cast<unsigned int>(calendar_of(day).day()) - 1;
    const UtcDay first = day.plus_days(-static_cast<std::int32_t>(into_month));
    const UtcDay moved = months_before(first, count);
    return std::min(moved.begin() + (instant - first.begin()),
                    months_before(moved, std::chrono::months(-1)).begin());
}

Result<UsageRequest> months_before(const UsageRequest& request) {
    if (!begins_month(request.from) || !begins_month(request.to)) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("range {} to {}: by month it can be compared with the time before "
                                 "if it begins and ends with a month",
                                 request.from.to_string(),
                                 request.to.to_string())};
    }
    const year_month_day from = calendar_of(request.from);
    const year_month_day to = calendar_of(request.to);
    const std::chrono::months count = to.year() / to.month() - from.year() / from.month();
    UsageRequest previous = request;
    previous.from = months_before(request.from, count);
    previous.to = request.from;
    if (request.until.has_value()) {
        previous.until = months_before(*request.until, count);
    }
    return previous;
}

}  // namespace

Result<UsageRequest> previous_request(const UsageRequest& request) {
    UsageRequest previous = request;
    if (request.period == UsagePeriod::month) {
        TIDEMARK_ASSIGN_OR_RETURN(previous, months_before(request));
    } else {
        const std::int32_t days = request.to.days_since_epoch() - request.from.days_since_epoch();
        previous.from = request.from.plus_days(-days);
        previous.to = request.from;
        if (request.until.has_value()) {
            previous.until = *request.until - std::chrono::days(days);
        }
    }
    previous.top = 0;
    previous.page.reset();
    if (previous.from < UtcDay::parse("0001-01-01").value()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("range {} to {}: the time before begins before year 1",
                                 request.from.to_string(),
                                 request.to.to_string())};
    }
    return previous;
}

void put_beside(UsageReport previous, UsageReport& report) {
    TIDEMARK_CHECK(previous.rows.size() == report.rows.size());
    report.previous =
        PreviousUsage{.from = previous.from, .to = previous.to, .rows = std::move(previous.rows)};
    // What is to be known about the rows of both.
    for (auto [days, all] : {std::pair(&previous.purged_days, &report.purged_days),
                             std::pair(&previous.day_grained_days, &report.day_grained_days)}) {
        all->insert(all->begin(), days->begin(), days->end());
    }
}

std::vector<std::string> subjects_of(const UsageReport& report) {
    std::vector<std::string> subjects;
    for (const UsageReportRow& row : report.rows) {
        if (!row.subject.empty() && (subjects.empty() || subjects.back() != row.subject)) {
            subjects.push_back(row.subject);
        }
    }
    return subjects;
}

std::optional<Total> change_of(const UsageReportRow& row,
                               const UsageReportRow& previous,
                               std::size_t column) {
    if (!row.exact || !previous.exact || !row.values[column].has_value() ||
        !previous.values[column].has_value()) {
        return std::nullopt;
    }
    Total change = *row.values[column];
    change += -*previous.values[column];
    return change;
}

}  // namespace tidemark
