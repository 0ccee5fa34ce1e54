#include "store/usage_sum.h"

#include <iterator>

#include "store/usage_period.h"

namespace tidemark {

void UsageSum::add(std::string_view subject, Slot slot, std::span<const std::int64_t> values) {
    const KeyView key{period_begin(query_.period, slot, query_.from).index(),
                      query_.per_subject ? subject : std::string_view()};
    latest_ = sum_of(key, values.size());
    for (std::size_t metric = 0; metric < values.size(); ++metric) {
        latest_->second[metric] += values[metric];
    }
}

UsageSum::Sums::iterator UsageSum::sum_of(KeyView key, std::size_t metric_count) {
    if (latest_ != sums_.end()) {
        if (KeyLess::view(latest_->first) == key) {
            return latest_;
        }
        const auto following = std::next(latest_);
        if (following != sums_.end() && KeyLess::view(following->first) == key) {
            return following;
        }
    }
    const auto place = sums_.lower_bound(key);
    if (place != sums_.end() && KeyLess::view(place->first) == key) {
        return place;
    }
    return sums_.emplace_hint(place, Key(key.first, key.second), std::vector<Total>(metric_count));
}

std::vector<UsageAnswerRow> UsageSum::finish() && {
    std::vector<UsageAnswerRow> rows;
    rows.reserve(sums_.size());
    while (!sums_.empty()) {
        auto node = sums_.extract(sums_.begin());
        rows.push_back({.subject = std::move(node.key().second),
                        .period_begin = Slot::from_index(node.key().first),
                        .values = std::move(node.mapped())});
    }
    return rows;
}

}  // namespace tidemark
