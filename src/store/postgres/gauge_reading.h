#pragma once
// Reading gauges and the events that made them.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "store/postgres/session.h"
#include "store/postgres/tables.h"
#include "store/store.h"

namespace tidemark::postgres {

// The retained events of a batch on its days, sorted.
Result<std::vector<GaugeEvent>> load_batch_events(Connection& connection,
                                                  const DatasetTables& tables,
                                                  std::int64_t batch_seq,
                                                  std::span<const UtcDay> days);

// GaugeStore::batch_events().
Result<std::vector<GaugeEvent>> load_batch_events(Session& session,
                                                  const DatasetTables& tables,
                                                  std::int64_t batch_seq);

// GaugeStore::read_gauge(), in one snapshot. What subjects carried into the range is held in
// memory, their days are not.
Result<void> read_gauge(Session& session,
                        const DatasetTables& tables,
                        const GaugeQuery& query,
                        const GaugeSeriesSink& take);

}  // namespace tidemark::postgres
