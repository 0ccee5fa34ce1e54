#pragma once
// The answer to a question by plain sums over everything that was ever stored: no batches, no
// daily rows, no cursor. What a store answers must be this.

#include <set>
#include <string_view>
#include <vector>

#include "contract/store_steps.h"

namespace tidemark::test {

class PlainSums {
 public:
    // `sign` is -1 for the rows of a void.
    void add(const std::vector<CdnRow>& rows, int sign);
    void erase(std::string_view subject);
    void purge(int day_number) { purged_days_.insert(day_number); }
    [[nodiscard]] bool purged(int day_number) const { return purged_days_.contains(day_number); }

    // In the lines of ask().
    [[nodiscard]] Lines answer(const UsageQuery& query) const;

 private:
    struct SignedRow {
        CdnRow row;
        int sign;
    };
    std::vector<SignedRow> rows_;
    std::set<int> purged_days_;
};

}  // namespace tidemark::test
