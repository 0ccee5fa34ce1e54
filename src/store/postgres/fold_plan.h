#pragma once
// FoldPlan: what a fold takes (store/postgres/folding.h).

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "domain/utc_day.h"

namespace tidemark::postgres {

struct FoldCursor {
    std::int64_t folded_through = 0;
    bool partial = false;
};

struct BatchOfDay {
    UtcDay day;
    std::int64_t batch_seq = 0;
};

// A fold under way. Batches in (cursor.folded_through, horizon] are taken.
struct FoldPlan {
    FoldCursor cursor;
    std::int64_t horizon = 0;
    std::int64_t batch_count = 0;  // committed ones
    // The days with rows of those batches, as far as the scope wants them, and which batches.
    std::vector<UtcDay> days;
    std::map<UtcDay, std::vector<std::int64_t>> batches_of_day;
    std::optional<BatchOfDay> largest{};  // of those, by the batch's rows
};

}  // namespace tidemark::postgres
