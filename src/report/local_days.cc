#include "report/local_days.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include <date/tz.h>
#include <fmt/format.h>

#include "report/clipped_usage.h"

namespace tidemark {

namespace {

using std::chrono::sys_seconds;

// What is known of one subject on one local day.
struct Bounds {
    std::vector<Total> lower;
    std::vector<Total> upper;
};

void add(std::vector<Total>& sum, const std::vector<Total>& values) {
    sum.resize(values.size());
    for (std::size_t metric = 0; metric < values.size(); ++metric) {
        sum[metric] += values[metric];
    }
}

class LocalSums {
 public:
    explicit LocalSums(std::vector<TimeRange> days)
        : days_(std::move(days)), exact_(days_.size(), true) {}

    // Usage of a stretch of time, a slot or a whole UTC day.
    void add_usage(const std::string& subject,
                   const TimeRange& stretch,
                   const std::vector<Total>& values) {
        for (std::size_t i = 0; i < days_.size(); ++i) {
            const TimeRange& day = days_[i];
            if (stretch.to <= day.from || day.to <= stretch.from) {
                continue;
            }
            Bounds& bounds = sums_[{i, subject}];
            add(bounds.upper, values);
            if (day.from <= stretch.from && stretch.to <= day.to) {
                add(bounds.lower, values);
            } else {
                bounds.lower.resize(values.size());
            }
        }
    }

    // A stretch that is only known as a whole makes the days that cut it inexact.
    void note_whole(const TimeRange& stretch) {
        for (std::size_t i = 0; i < days_.size(); ++i) {
            const TimeRange& day = days_[i];
            const bool touches = stretch.from < day.to && day.from < stretch.to;
            const bool within = day.from <= stretch.from && stretch.to <= day.to;
            exact_[i] = exact_[i] && (!touches || within);
        }
    }

    [[nodiscard]] const std::vector<TimeRange>& days() const { return days_; }
    [[nodiscard]] bool exact(std::size_t day) const { return exact_[day]; }
    [[nodiscard]] const Bounds* find(std::size_t day, const std::string& subject) const {
        const auto found = sums_.find({day, subject});
        return found == sums_.end() ? nullptr : &found->second;
    }

 private:
    std::vector<TimeRange> days_;
    std::vector<bool> exact_;
    std::map<std::pair<std::size_t, std::string>, Bounds> sums_;
};

TimeRange slot_range(sys_seconds instant) {
    const Slot slot = Slot::containing(instant);
    return {slot.begin(), slot.end()};
}

// The UTC days that are known only as a whole: their slots were purged, or never known.
std::set<UtcDay> whole_days(const UsageAnswer& answer) {
    std::set<UtcDay> days(answer.purged_days.begin(), answer.purged_days.end());
    days.insert(answer.day_grained_days.begin(), answer.day_grained_days.end());
    return days;
}

Result<void> add_whole_days(Store& store,
                            const UsageQuery& query,
                            const std::set<UtcDay>& whole,
                            LocalSums& sums) {
    if (whole.empty()) {
        return {};
    }
    UsageQuery by_day = query;
    by_day.period = UsagePeriod::day;
    TIDEMARK_ASSIGN_OR_RETURN(const UsageAnswer answer, store.read_usage(by_day));
    for (const UtcDay day : whole) {
        sums.note_whole({day.begin(), day.end()});
    }
    for (const UsageAnswerRow& row : answer.rows) {
        const UtcDay day = row.period_begin.day();
        if (whole.contains(day)) {
            sums.add_usage(row.subject, {day.begin(), day.end()}, row.values);
        }
    }
    return {};
}

UsageReportRow row_of(const LocalSums& sums,
                      std::size_t day,
                      const std::string& subject,
                      UtcDay date,
                      std::size_t metric_count) {
    UsageReportRow row{.subject = subject, .period = date.to_string(), .values = {}};
    const Bounds* bounds = sums.find(day, subject);
    row.exact = sums.exact(day);
    row.no_data = bounds == nullptr;
    if (row.exact) {
        row.values.resize(metric_count);
    }
    if (bounds != nullptr && row.exact) {
        row.values.assign(bounds->lower.begin(), bounds->lower.end());
    } else if (bounds != nullptr) {
        row.lower = bounds->lower;
        row.upper = bounds->upper;
    }
    return row;
}

Result<void> check(const UsageRequest& request) {
    if (request.dataset.kind() == DatasetKind::gauge) {
        return Error{
            ErrorKind::invalid_input,
            fmt::format("time zone: dataset '{}' is a gauge, which is kept by UTC days alone",
                        request.dataset.name())};
    }
    if (request.period != UsagePeriod::day) {
        return Error{ErrorKind::invalid_input, "time zone: only with --by day"};
    }
    if (request.top > 0 || request.page.has_value()) {
        return Error{ErrorKind::invalid_input,
                     "time zone: name the subjects, or ask for all of them together; not for the "
                     "largest or a page of them"};
    }
    if (request.to.days_since_epoch() - request.from.days_since_epoch() > 4000) {
        return Error{ErrorKind::invalid_input, "time zone: at most 4000 days at once"};
    }
    return check_usage(request);
}

}  // namespace

Result<std::vector<TimeRange>> local_days(const std::string& zone, UtcDay from, UtcDay to) {
    const date::time_zone* found = nullptr;
    try {
        found = date::locate_zone(zone);
    } catch (const std::runtime_error&) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("time zone '{}': not in the tz database", zone)};
    }
    const auto begin_of = [&](UtcDay day) {
        const date::local_seconds midnight{std::chrono::seconds(day.begin().time_since_epoch())};
        // Where midnight is skipped this is the instant of the change, the day's first.
        return sys_seconds(found->to_sys(midnight, date::choose::earliest));
    };
    std::vector<TimeRange> days;
    for (UtcDay day = from; day < to; day = day.next()) {
        days.push_back({begin_of(day), begin_of(day.next())});
    }
    return days;
}

Result<UsageReport> report_local_usage(Store& store,
                                       const UsageRequest& request,
                                       const std::string& zone) {
    TIDEMARK_RETURN_IF_ERROR(check(request));
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<TimeRange> days,
                              local_days(zone, request.from, request.to));
    const UsageQuery query{
        .dataset = request.dataset.name(),
        .subjects = request.subjects,
        .from = UtcDay::containing(days.front().from),
        .to = UtcDay::containing(days.back().to - std::chrono::seconds(1)).next(),
        .period = UsagePeriod::slot,
        .per_subject = !request.subjects.empty()};
    TIDEMARK_ASSIGN_OR_RETURN(const UsageAnswer answer,
                              read_usage_until(store, query, request.until));
    LocalSums sums(std::move(days));
    for (const TimeRange& day : sums.days()) {
        sums.note_whole(slot_range(day.from));
        sums.note_whole(slot_range(day.to - std::chrono::seconds(1)));
    }
    const std::set<UtcDay> whole = whole_days(answer);
    for (const UsageAnswerRow& row : answer.rows) {
        if (!whole.contains(row.period_begin.day())) {
            sums.add_usage(
                row.subject, {row.period_begin.begin(), row.period_begin.end()}, row.values);
        }
    }
    TIDEMARK_RETURN_IF_ERROR(add_whole_days(store, query, whole, sums));
    UsageReport report{.dataset = request.dataset,
                       .from = request.from,
                       .to = request.to,
                       .period = request.period,
                       .columns = request.dataset.metrics(),
                       .rows = {},
                       .purged_days = {}};
    std::vector<std::string> series = request.subjects;
    if (series.empty()) {
        series.emplace_back();
    }
    for (const std::string& subject : series) {
        for (std::size_t i = 0; i < sums.days().size(); ++i) {
            report.rows.push_back(row_of(sums,
                                         i,
                                         subject,
                                         request.from.plus_days(static_cast<std::int32_t>(i)),
                                         request.dataset.metrics().size()));
        }
    }
    report.time_zone = zone;
    report.until = request.until;
    return report;
}

}  // namespace tidemark
