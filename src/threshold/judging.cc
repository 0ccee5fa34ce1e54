#include "threshold/judging.h"

#include <algorithm>
#include <utility>

#include "report/clipped_usage.h"
#include "store/usage_period.h"

namespace tidemark {

namespace {

using std::chrono::sys_seconds;

UtcDay first_of_next_month(UtcDay day) {
    UtcDay next = day.plus_days(28);
    while (next.to_string().substr(0, 7) == day.to_string().substr(0, 7)) {
        next = next.next();
    }
    return period_begin(UsagePeriod::month, Slot::of_day(next, 0), next).day();
}

WindowDays window_of(ThresholdWindow window, UtcDay day) {
    if (window == ThresholdWindow::day) {
        return {day, day.next()};
    }
    const UtcDay first = period_begin(UsagePeriod::month, Slot::of_day(day, 0), day).day();
    return {first, first_of_next_month(first)};
}

// The day whose time came last before the instant.
UtcDay day_before(sys_seconds instant) {
    return UtcDay::containing(instant - std::chrono::seconds(1));
}

struct SubjectValue {
    std::string subject;
    Total value;
};

std::vector<std::string> subjects_of(const Threshold& threshold) {
    return threshold.subject.has_value() ? std::vector<std::string>{*threshold.subject}
                                         : std::vector<std::string>();
}

Result<std::vector<SubjectValue>> read_counter(Store& store,
                                               const Threshold& threshold,
                                               const WindowDays& days,
                                               sys_seconds through) {
    const UsageQuery query{.dataset = threshold.dataset.name(),
                           .subjects = subjects_of(threshold),
                           .from = days.from,
                           .to = days.to,
                           .period = UsagePeriod::total,
                           .per_subject = true};
    Result<UsageAnswer> answer = read_usage_until(store, query, through);
    if (!answer.has_value() && answer.error().kind == ErrorKind::refused) {
        answer = read_usage_until(store, query, UtcDay::containing(through).begin());
    }
    TIDEMARK_RETURN_IF_ERROR(answer);
    const std::size_t metric = *threshold.dataset.find_metric(threshold.metric);
    std::vector<SubjectValue> values;
    for (UsageAnswerRow& row : answer->rows) {
        values.push_back({std::move(row.subject), row.values[metric]});
    }
    return values;
}

Result<std::vector<SubjectValue>> read_gauge(Store& store,
                                             const Threshold& threshold,
                                             const WindowDays& days,
                                             sys_seconds through) {
    const GaugeQuery query{.dataset = threshold.dataset.name(),
                           .subjects = subjects_of(threshold),
                           .from = days.from,
                           .to = std::min(days.to, UtcDay::containing(through))};
    std::vector<SubjectValue> values;
    if (query.from >= query.to) {
        return values;
    }
    const std::size_t metric = *threshold.dataset.find_metric(threshold.metric);
    TIDEMARK_RETURN_IF_ERROR(
        store.read_gauge(query, [&](const GaugeSeries& series) -> Result<void> {
            std::optional<std::int64_t> mark;
            if (series.carried[metric].has_value()) {
                mark = series.carried[metric]->value;
            }
            for (const GaugeDay& day : series.days) {
                if (day.levels[metric].has_value()) {
                    mark = std::max(mark.value_or(0), day.levels[metric]->mark);
                }
            }
            if (mark.has_value()) {
                values.push_back({series.subject, Total(*mark)});
            }
            return {};
        }));
    return values;
}

}  // namespace

std::vector<WindowDays> windows_to_judge(ThresholdWindow window,
                                         std::optional<sys_seconds> since,
                                         sys_seconds through) {
    const WindowDays last = window_of(window, day_before(through));
    if (!since.has_value() || *since >= through) {
        return {last};
    }
    std::vector<WindowDays> windows = {window_of(window, day_before(*since))};
    while (windows.back().to < last.to) {
        windows.push_back(window_of(window, windows.back().to));
    }
    return windows;
}

Result<std::vector<ThresholdEvent>> judge(Store& store,
                                          const Threshold& threshold,
                                          std::optional<sys_seconds> since,
                                          sys_seconds through) {
    const bool gauge = threshold.dataset.kind() == DatasetKind::gauge;
    std::vector<ThresholdEvent> events;
    for (const WindowDays& days : windows_to_judge(threshold.window, since, through)) {
        TIDEMARK_ASSIGN_OR_RETURN(
            std::vector<SubjectValue> values,
            (gauge ? read_gauge : read_counter)(store, threshold, days, through));
        const std::string first = days.from.to_string();
        for (SubjectValue& each : values) {
            if (each.value < Total(threshold.at_least)) {
                continue;
            }
            ThresholdEvent event{
                .id = {},
                .threshold = threshold.name,
                .dataset = threshold.dataset.name(),
                .metric = threshold.metric,
                .subject = std::move(each.subject),
                .period = threshold.window == ThresholdWindow::day ? first : first.substr(0, 7),
                .value = each.value,
                .at_least = threshold.at_least,
                .synced_through = through};
            event.id = event_id_of(event);
            events.push_back(std::move(event));
        }
    }
    return events;
}

}  // namespace tidemark
