#pragma once
// Seals: which UTC days of a dataset are declared complete, and what becomes of rows that come
// later.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/coverage.h"
#include "domain/total.h"
#include "domain/utc_day.h"

namespace tidemark {

// What becomes of rows of a frozen day.
enum class FreezePolicy {
    reject,  // the batch is refused
    adjust,  // they are booked on the day of arrival, linked to their own slot
};

std::string_view to_string(FreezePolicy policy);
Result<FreezePolicy> parse_freeze_policy(std::string_view text);

// How a sealed day stands.
struct SealedDay {
    UtcDay day;
    std::int64_t revision = 1;  // from 1; each seal of the day takes the next
    std::int64_t through = 0;   // every batch up to this batch_seq is in the totals
    std::vector<Total> totals;  // of the day, over all subjects, one a metric
    Timestamp sealed_at{};      // when this revision was made
    std::optional<FreezePolicy> frozen{};
    // A committed batch above `through` has rows of the day, so its usage is no longer the totals.
    bool dirty = false;
};

// One revision of a day.
struct SealEvent {
    std::int64_t id = 0;  // rising within a dataset
    UtcDay day;
    std::int64_t revision = 1;
    std::vector<Total> old_totals;  // empty: the day was not sealed before
    std::vector<Total> new_totals;
    std::int64_t through = 0;
    Timestamp sealed_at{};
};

// The days that every one of `feeds` covers whole and whose end lies `lateness` or more before
// `now`, in order; none without feeds. A day never counts before its end: a negative lateness is
// taken for 0.
std::vector<UtcDay> complete_days(std::span<const Coverage> feeds,
                                  Timestamp now,
                                  std::chrono::seconds lateness);

}  // namespace tidemark
