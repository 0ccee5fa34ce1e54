#pragma once
// Reading gauges and the events that made them.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/dataset_tables.h"
#include "store/store.h"

namespace tidemark::sqlite {

// An event of columns (subject, metric, observed_at, value), the first of them at `first_column`.
GaugeEvent read_event(const Statement& row, int first_column);

// The retained events of a batch on its days, sorted.
Result<std::vector<GaugeEvent>> load_batch_events(Connection& connection,
                                                  const DatasetTables& tables,
                                                  std::int64_t batch_seq,
                                                  std::span<const UtcDay> days);

// GaugeStore::batch_events().
Result<std::vector<GaugeEvent>> load_batch_events(Connection& connection,
                                                  std::string_view dataset,
                                                  std::int64_t batch_seq);

// GaugeStore::read_gauge(), in one read transaction.
Result<void> read_gauge(Connection& connection,
                        const GaugeQuery& query,
                        const GaugeSeriesSink& take);

}  // namespace tidemark::sqlite
