#pragma once
// Gauges in memory: every question is answered from all events that count.

#include <vector>

#include "store/gauge_store.h"
#include "store/memory/memory_database.h"

namespace tidemark {

// The series that GaugeStore::read_gauge() lends, in its order.
std::vector<GaugeSeries> gauge_series(const MemoryDataset& known, const GaugeQuery& query);

// Keeps what the day's events have made of it and forgets the events.
void purge_events(MemoryDataset& known, UtcDay day);

}  // namespace tidemark
