#include "report/clipped_usage.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "store/usage_period.h"

namespace tidemark {

Result<UsageAnswer> read_usage_until(Store& store,
                                     const UsageQuery& query,
                                     std::optional<std::chrono::sys_seconds> until) {
    if (!until.has_value() || *until >= query.to.begin()) {
        return store.read_usage(query);
    }
    const UtcDay last = UtcDay::containing(*until);
    UsageAnswer answer;
    if (query.from < last) {
        UsageQuery whole = query;
        whole.to = last;
        TIDEMARK_ASSIGN_OR_RETURN(answer, store.read_usage(whole));
    }
    if (last < query.from || last.begin() == *until) {
        return answer;
    }
    UsageQuery slots = query;
    slots.from = last;
    slots.to = last.next();
    slots.period = UsagePeriod::slot;
    TIDEMARK_ASSIGN_OR_RETURN(const UsageAnswer of_last_day, store.read_usage(slots));
    if (!of_last_day.purged_days.empty()) {
        return Error{
            ErrorKind::refused,
            fmt::format("day {}: its slots were purged, so it cannot be cut at an instant; "
                        "ask for whole days",
                        last.to_string())};
    }
    std::map<std::pair<Slot, std::string>, std::vector<Total>> sums;
    for (UsageAnswerRow& row : answer.rows) {
        sums.emplace(std::pair(row.period_begin, std::move(row.subject)), std::move(row.values));
    }
    for (const UsageAnswerRow& row : of_last_day.rows) {
        if (row.period_begin.end() > *until) {
            continue;
        }
        const Slot begin = period_begin(query.period, row.period_begin, query.from);
        std::vector<Total>& sum = sums[{begin, row.subject}];
        sum.resize(row.values.size());
        for (std::size_t metric = 0; metric < row.values.size(); ++metric) {
            sum[metric] += row.values[metric];
        }
    }
    answer.rows.clear();
    for (auto& [key, values] : sums) {
        answer.rows.push_back(
            {.subject = key.second, .period_begin = key.first, .values = std::move(values)});
    }
    return answer;
}

}  // namespace tidemark
