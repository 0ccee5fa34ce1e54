#include "report/usage_periods.h"

#include "store/usage_period.h"

namespace tidemark {

std::vector<Slot> period_begins(const UsageRequest& request) {
    std::vector<Slot> begins;
    const int slots = request.period == UsagePeriod::slot ? Slot::per_day : 1;
    for (UtcDay day = request.from; day < request.to; day = day.next()) {
        for (int index = 0; index < slots; ++index) {
            const Slot begin = period_begin(request.period, Slot::of_day(day, index), request.from);
            // Beyond `until` there is nothing to say: no row, rather than one without data.
            const bool beyond =
                request.until.has_value() && Slot::of_day(day, index).begin() >= *request.until;
            if (!beyond && (begins.empty() || begins.back() != begin)) {
                begins.push_back(begin);
            }
        }
    }
    return begins;
}

std::string name_of_period(const UsageRequest& request, Slot begin) {
    switch (request.period) {
        case UsagePeriod::slot:
            return begin.to_string();
        case UsagePeriod::day:
            return begin.day().to_string();
        case UsagePeriod::month:
            return begin.day().to_string().substr(0, 7);
        case UsagePeriod::total:
            break;
    }
    return request.from.to_string() + "/" + request.to.to_string();
}

}  // namespace tidemark
