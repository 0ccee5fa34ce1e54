#include "contract/plain_sums.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace tidemark::test {

namespace {

// The period's begin as text, by the text of the slot: "2026-11-11T00:30Z".
std::string period_of(const UsageQuery& query, Slot slot) {
    const std::string text = slot.to_string();
    switch (query.period) {
        case UsagePeriod::slot:
            return text;
        case UsagePeriod::day:
            return text.substr(0, 10) + "T00:00Z";
        case UsagePeriod::month:
            return text.substr(0, 7) + "-01T00:00Z";
        case UsagePeriod::total:
            break;
    }
    return query.from.to_string() + "T00:00Z";
}

}  // namespace

void PlainSums::add(const std::vector<CdnRow>& rows, int sign) {
    for (const CdnRow& row : rows) {
        rows_.push_back({row, sign});
    }
}

void PlainSums::erase(std::string_view subject) {
    std::erase_if(rows_, [&](const SignedRow& each) { return each.row.subject == subject; });
}

Lines PlainSums::answer(const UsageQuery& query) const {
    std::map<std::pair<std::string, std::string>, std::array<Total, 2>> sums;
    const bool by_slot = query.period == UsagePeriod::slot;
    for (const auto& [row, sign] : rows_) {
        const UtcDay date = day(row.day_number);
        const bool asked = query.from <= date && date < query.to &&
                           (query.subjects.empty() ||
                            std::ranges::find(query.subjects, row.subject) != query.subjects.end());
        if (asked && !(by_slot && purged(row.day_number))) {
            auto& sum = sums[{period_of(query, Slot::of_day(date, row.slot)),
                              query.per_subject ? row.subject : ""}];
            sum[0] += Total(sign * row.bytes);
            sum[1] += Total(sign * row.requests);
        }
    }
    Lines lines;
    for (const auto& [key, sum] : sums) {
        lines.push_back(fmt::format(
            "{} {}: {} {}", key.first, key.second, sum[0].to_string(), sum[1].to_string()));
    }
    for (const int day_number : purged_days_) {
        if (by_slot && query.from <= day(day_number) && day(day_number) < query.to) {
            lines.push_back(fmt::format("{} purged", day(day_number).to_string()));
        }
    }
    return lines;
}

}  // namespace tidemark::test
