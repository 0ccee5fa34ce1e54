#pragma once
// From the journal into the store: a sealed segment of pings is a batch. Its key is the segment's
// identity, so it counts once however often it is begun anew; it is removed after the commit.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "domain/slot.h"
#include "logs/aggregation.h"
#include "pings/ping_collector.h"
#include "store/store.h"
#include "worker/aggregate.h"

namespace tidemark {

struct PingJob {
    std::string dataset;
    std::string feed;
};

// What one pass did.
struct PingPass {
    std::int64_t batches = 0;
    std::int64_t already_stored = 0;  // of these: committed by a pass that ended before it was done
    std::optional<SlotRange> covered;  // what it declared
};

// Seals the segment that is written to, stores what is sealed, and then declares every slot covered
// that had ended when it was sealed, from where the feed's coverage ends or else from the slot in
// which the collector began: all pings that were acknowledged are in the store then. Each batch is
// a run of job "pings", and so is the declaration. Fails as the store and the journal do; segments
// that are not stored stay for the next pass. One pass at a time.
Result<PingPass> store_pings(const PingJob& job,
                             PingCollector& collector,
                             const LogReader& reader,
                             const StoreOpener& open_store);

}  // namespace tidemark
