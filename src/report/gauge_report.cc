#include "report/gauge_report.h"

#include <algorithm>
#include <map>
#include <utility>

#include "report/usage_periods.h"

namespace tidemark {

namespace {

constexpr std::size_t columns_per_metric = 3;
using Cells = std::vector<std::optional<Total>>;

// What one metric of one subject was in one period.
struct PeriodLevel {
    std::optional<std::int64_t> value;
    std::optional<std::int64_t> mark;
    std::optional<std::int64_t> observed;
};

// The metric's levels period by period. `begins`: the periods' first slots, in order.
std::vector<PeriodLevel> levels_of(const GaugeSeries& series,
                                   std::size_t metric,
                                   const UsageRequest& request,
                                   const std::vector<Slot>& begins) {
    std::vector<PeriodLevel> levels(begins.size());
    std::optional<std::int64_t> state;
    if (series.carried[metric].has_value()) {
        state = series.carried[metric]->value;
    }
    auto day = series.days.begin();
    for (std::size_t period = 0; period < begins.size(); ++period) {
        PeriodLevel& level = levels[period];
        const std::optional<std::int64_t> carried = state;
        const bool last = period + 1 == begins.size();
        for (; day != series.days.end() && (last || day->day < begins[period + 1].day()); ++day) {
            if (const std::optional<GaugeLevel>& of_day = day->levels[metric]) {
                level.observed = std::max(level.observed.value_or(of_day->mark), of_day->mark);
                state = of_day->current.value;
            }
        }
        if (level.observed.has_value()) {
            level.value = state;
            level.mark = std::max(*level.observed, carried.value_or(*level.observed));
        } else if (request.carry && begins[period].day() < request.carry_to) {
            level.value = carried;
            level.mark = carried;
        }
    }
    return levels;
}

void add(std::optional<Total>& to, std::optional<std::int64_t> value) {
    if (value.has_value()) {
        to = to.value_or(Total());
        *to += *value;
    }
}

// Adds a subject's cells to those of the series that it belongs to.
void add_series(const GaugeSeries& series,
                const UsageRequest& request,
                const std::vector<Slot>& begins,
                std::vector<Cells>& cells) {
    const std::size_t metric_count = request.dataset.metrics().size();
    cells.resize(begins.size(), Cells(metric_count * columns_per_metric));
    for (std::size_t metric = 0; metric < metric_count; ++metric) {
        const std::vector<PeriodLevel> levels = levels_of(series, metric, request, begins);
        for (std::size_t period = 0; period < begins.size(); ++period) {
            Cells& of_period = cells[period];
            add(of_period[metric * columns_per_metric], levels[period].value);
            add(of_period[metric * columns_per_metric + 1], levels[period].mark);
            add(of_period[metric * columns_per_metric + 2], levels[period].observed);
        }
    }
}

GaugeQuery query_of(const UsageRequest& request) {
    return {.dataset = request.dataset.name(),
            .subjects = request.subjects,
            .from = request.from,
            .to = request.to};
}

Result<std::vector<std::string>> subjects_with_largest_marks(Store& store,
                                                             const UsageRequest& request) {
    const std::size_t metric =
        request.top_metric.empty() ? 0 : *request.dataset.find_metric(request.top_metric);
    const std::vector<Slot> whole = {Slot::of_day(request.from, 0)};
    std::vector<std::pair<std::int64_t, std::string>> ranked;
    TIDEMARK_RETURN_IF_ERROR(
        store.read_gauge(query_of(request), [&](const GaugeSeries& series) -> Result<void> {
            const PeriodLevel level = levels_of(series, metric, request, whole).front();
            if (level.mark.has_value()) {
                ranked.emplace_back(*level.mark, series.subject);
            }
            return {};
        }));
    std::ranges::sort(ranked, [](const auto& left, const auto& right) {
        return std::pair(right.first, std::string_view(left.second)) <
               std::pair(left.first, std::string_view(right.second));
    });
    ranked.resize(std::min(ranked.size(), static_cast<std::size_t>(request.top)));
    std::vector<std::string> subjects;
    for (auto& [mark, subject] : ranked) {
        subjects.push_back(std::move(subject));
    }
    return subjects;
}

}  // namespace

std::vector<std::string> gauge_columns(const Dataset& dataset) {
    std::vector<std::string> columns;
    for (const std::string& metric : dataset.metrics()) {
        columns.push_back(metric);
        columns.push_back(gauge_mark_column(metric));
        columns.push_back("observed_" + gauge_mark_column(metric));
    }
    return columns;
}

Result<UsageReport> report_gauge(Store& store, const UsageRequest& given) {
    UsageRequest request = given;
    if (request.until.has_value()) {
        request.to = std::min(request.to, UtcDay::containing(*request.until));
    }
    UsageReport report{.dataset = request.dataset,
                       .from = request.from,
                       .to = request.to,
                       .period = request.period,
                       .columns = gauge_columns(request.dataset),
                       .rows = {},
                       .purged_days = {}};
    report.until = request.until;
    if (request.from >= request.to) {
        return report;
    }
    if (request.top > 0) {
        // The ranking is of one instant, the rows of a slightly later one.
        TIDEMARK_ASSIGN_OR_RETURN(request.subjects, subjects_with_largest_marks(store, request));
        if (request.subjects.empty()) {
            return report;
        }
    }
    if (request.page.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(request.subjects,
                                  turn_page(store, request, report.page.emplace()));
        if (request.subjects.empty()) {
            return report;
        }
    }
    const std::vector<Slot> begins = period_begins(request);
    const bool by_subject = !request.subjects.empty();
    std::map<std::string, std::vector<Cells>> known;
    TIDEMARK_RETURN_IF_ERROR(
        store.read_gauge(query_of(request), [&](const GaugeSeries& series) -> Result<void> {
            add_series(series, request, begins, known[by_subject ? series.subject : std::string()]);
            return {};
        }));
    if (!by_subject) {
        request.subjects.emplace_back();
    }
    const Cells no_cells(report.columns.size());
    for (const std::string& subject : request.subjects) {
        const auto found = known.find(subject);
        for (std::size_t period = 0; period < begins.size(); ++period) {
            const Cells& cells = found == known.end() ? no_cells : found->second[period];
            report.rows.push_back(
                {.subject = subject,
                 .period = name_of_period(request, begins[period]),
                 .no_data = std::ranges::none_of(
                     cells, [](const std::optional<Total>& cell) { return cell.has_value(); }),
                 .values = cells});
        }
    }
    return report;
}

}  // namespace tidemark
