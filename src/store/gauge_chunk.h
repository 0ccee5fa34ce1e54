#pragma once
// What the stores make of the events of one batch before they write any.

#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/batch.h"
#include "domain/dataset.h"
#include "domain/gauge.h"

namespace tidemark {

struct GaugeChunk {
    std::vector<GaugeEvent> events;  // sorted, each once
    std::vector<GaugeDay> rows;      // what they make of each (subject, day)
    BatchReceipt receipt;            // without batch_seq and committed_at
};

// Checks and sorts. Fails with invalid_input as GaugeStore::store_events() does.
Result<GaugeChunk> survey_events(const Dataset& dataset,
                                 const Batch& batch,
                                 std::span<const GaugeEvent> events);

// The batches whose events do not count: those with a standing batch that voids them. `voids`: each
// batch that takes another back, and which.
std::set<std::int64_t> voided_batches(
    const std::vector<std::pair<std::int64_t, std::int64_t>>& voids);

}  // namespace tidemark
