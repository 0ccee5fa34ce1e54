#pragma once
// DayRecount: the daily rows of one day, recomputed from its batch rows.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/dataset.h"
#include "domain/total.h"
#include "domain/utc_day.h"
#include "store/verify_store.h"

namespace tidemark {

// How far a dataset is folded.
struct FoldStanding {
    std::int64_t last_seq = 0;
    std::int64_t folded_through = 0;
    bool partial = false;
};

// What is wrong with one subject's day, once its rows are added up: `sum` over those with a
// batch_seq up to the cursor or, where that is higher, to the daily row's folded_through;
// `newest_folded`: the highest batch_seq of its rows that is not above the cursor, 0: none.
struct RecountedDay {
    std::string_view subject;
    UtcDay day;
    std::span<const Total> sum;       // empty: there is no such row
    std::span<const Total> daily;     // empty: there is no daily row
    std::int64_t folded_through = 0;  // of the daily row
    std::int64_t newest_folded = 0;
};
void compare_recounted(const Dataset& dataset,
                       const FoldStanding& standing,
                       const RecountedDay& recounted,
                       const DifferenceSink& differs);

// Memory follows the subjects of the day. First every daily row, then every batch row, then
// compare().
class DayRecount {
 public:
    DayRecount(const Dataset& dataset, const FoldStanding& standing, UtcDay day)
        : dataset_(dataset), standing_(standing), day_(day) {}

    void add_daily(std::string_view subject,
                   std::span<const std::int64_t> values,
                   std::int64_t folded_through);
    void add_row(std::int64_t batch_seq,
                 std::string_view subject,
                 std::span<const std::int64_t> values);

    // By subject.
    void compare(const DifferenceSink& differs) const;

 private:
    struct Entry {
        std::vector<Total> sum;
        std::vector<Total> daily;
        std::int64_t folded_through = 0;
        std::int64_t newest_folded = 0;
    };

    const Dataset& dataset_;
    const FoldStanding& standing_;
    UtcDay day_;
    std::unordered_map<std::string, Entry> entries_;
    std::string key_;  // kept, so that a row costs no allocation
};

}  // namespace tidemark
