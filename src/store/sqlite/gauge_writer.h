#pragma once
// Storing the events of gauges.

#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace tidemark::sqlite {

// GaugeStore::store_events(). Number, events, rows and receipt are one write transaction.
Result<StoredBatch> store_events(Connection& connection,
                                 const Clock& clock,
                                 const Batch& batch,
                                 std::span<const GaugeEvent> events);

}  // namespace tidemark::sqlite
