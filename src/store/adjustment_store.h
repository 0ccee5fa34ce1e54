#pragma once
// AdjustmentStore: the part of a store that tells which rows of frozen days were booked where they
// arrived. They are written by what stores batches, in its transaction, negated by what takes one
// back, and stay when the rows are purged, like receipts.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/adjustment.h"
#include "domain/utc_day.h"

namespace tidemark {

// Which links of a dataset; what is empty is not asked about.
struct AdjustmentQuery {
    std::string dataset;
    std::optional<std::int64_t> batch_seq{};
    std::optional<UtcDay> day{};  // on which rows belong or are booked
    std::string subject{};
    std::int64_t limit = 20;  // of the first; none when not positive
};

// Threads and errors as class Store says.
class AdjustmentStore {
 public:
    AdjustmentStore() = default;
    AdjustmentStore(const AdjustmentStore&) = delete;
    AdjustmentStore& operator=(const AdjustmentStore&) = delete;
    virtual ~AdjustmentStore() = default;

    // Of committed batches, by (batch_seq, subject, slot); none of a gauge.
    virtual Result<std::vector<Adjustment>> adjustments(const AdjustmentQuery& query) = 0;
};

}  // namespace tidemark
