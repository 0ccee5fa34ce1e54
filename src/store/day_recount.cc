#include "store/day_recount.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark {

void compare_recounted(const Dataset& dataset,
                       const FoldStanding& standing,
                       const RecountedDay& recounted,
                       const DifferenceSink& differs) {
    Difference difference{.table = dataset.name() + "_daily",
                          .subject = std::string(recounted.subject),
                          .day = recounted.day,
                          .field = "folded_through",
                          .expected = {},
                          .found = std::to_string(recounted.folded_through)};
    const bool same = std::ranges::equal(recounted.sum, recounted.daily);
    const auto value = [](std::span<const Total> totals, std::size_t metric) {
        return metric < totals.size() ? totals[metric].to_string() : std::string("none");
    };
    for (std::size_t metric = 0; !same && metric < dataset.metrics().size(); ++metric) {
        const std::string expected = value(recounted.sum, metric);
        const std::string found = value(recounted.daily, metric);
        if (expected != found) {
            Difference one = difference;
            one.field = dataset.metrics()[metric];
            one.expected = expected;
            one.found = found;
            if (recounted.newest_folded > 0) {
                one.batch_seq = recounted.newest_folded;
            }
            differs(one);
        }
    }
    if (recounted.daily.empty()) {
        return;
    }
    const std::int64_t most = standing.partial ? standing.last_seq : standing.folded_through;
    if (recounted.folded_through < recounted.newest_folded || recounted.folded_through > most) {
        difference.expected = fmt::format("{} to {}", recounted.newest_folded, most);
        if (recounted.newest_folded > 0) {
            difference.batch_seq = recounted.newest_folded;
        }
        differs(difference);
    }
}

void DayRecount::add_daily(std::string_view subject,
                           std::span<const std::int64_t> values,
                           std::int64_t folded_through) {
    Entry& entry = entries_[std::string(subject)];
    for (const std::int64_t value : values) {
        entry.daily.emplace_back(value);
    }
    entry.folded_through = folded_through;
}

void DayRecount::add_row(std::int64_t batch_seq,
                         std::string_view subject,
                         std::span<const std::int64_t> values) {
    key_.assign(subject);
    const auto found = entries_.find(key_);
    const std::int64_t own = found == entries_.end() ? 0 : found->second.folded_through;
    if (batch_seq > std::max(standing_.folded_through, own)) {
        return;
    }
    Entry& entry = found == entries_.end() ? entries_[key_] : found->second;
    entry.sum.resize(values.size());
    for (std::size_t metric = 0; metric < values.size(); ++metric) {
        entry.sum[metric] += values[metric];
    }
    if (batch_seq <= standing_.folded_through) {
        entry.newest_folded = std::max(entry.newest_folded, batch_seq);
    }
}

void DayRecount::compare(const DifferenceSink& differs) const {
    std::vector<std::string_view> subjects;
    for (const auto& [subject, entry] : entries_) {
        subjects.emplace_back(subject);
    }
    std::ranges::sort(subjects);
    for (const std::string_view subject : subjects) {
        const Entry& entry = entries_.at(std::string(subject));
        compare_recounted(dataset_,
                          standing_,
                          {.subject = subject,
                           .day = day_,
                           .sum = entry.sum,
                           .daily = entry.daily,
                           .folded_through = entry.folded_through,
                           .newest_folded = entry.newest_folded},
                          differs);
    }
}

}  // namespace tidemark
