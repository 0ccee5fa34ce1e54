#pragma once
// Adds up the rows that a store finds for a query into the answer's rows.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/store.h"

namespace tidemark {

// Sums have 128 bits, so none overflows. Rows may come in any order; in the order of the answer,
// (period_begin, subject), each costs a comparison instead of a search. One thread at a time.
class UsageSum {
 public:
    // `query` must outlive it. Rows outside its range or subjects must not be added.
    explicit UsageSum(const UsageQuery& query) : query_(query), latest_(sums_.end()) {}

    // Values are one a metric. For a daily row, any slot of its day.
    void add(std::string_view subject, Slot slot, std::span<const std::int64_t> values);

    // The answer's rows, in its order.
    [[nodiscard]] std::vector<UsageAnswerRow> finish() &&;

 private:
    using Key = std::pair<std::int32_t, std::string>;
    using KeyView = std::pair<std::int32_t, std::string_view>;
    struct KeyLess {
        using is_transparent = void;
        static KeyView view(const Key& key) { return {key.first, key.second}; }
        static KeyView view(const KeyView& key) { return key; }
        bool operator()(const auto& left, const auto& right) const {
            return view(left) < view(right);
        }
    };
    using Sums = std::map<Key, std::vector<Total>, KeyLess>;

    [[nodiscard]] Sums::iterator sum_of(KeyView key, std::size_t metric_count);

    const UsageQuery& query_;
    Sums sums_;
    Sums::iterator latest_;  // where the last row was added
};

}  // namespace tidemark
