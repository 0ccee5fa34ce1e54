#pragma once
// What happened, read from memory. The caller holds the database's mutex.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/ledger_reader.h"
#include "store/memory/memory_database.h"

namespace tidemark::memory {

Result<std::vector<Correction>> find_corrections(MemoryDatabase& database,
                                                 std::string_view dataset,
                                                 std::int64_t from,
                                                 std::int64_t to);
std::vector<Run> find_runs(const MemoryDatabase& database, const RunQuery& query);
Result<std::vector<BatchReceipt>> find_batches(MemoryDatabase& database, const BatchQuery& query);
Result<ReasonCounts> rejected_by_reason(MemoryDatabase& database,
                                        std::string_view dataset,
                                        std::int64_t batch_seq);

// Days in [from, to) with retained rows of whole days, in order.
std::vector<UtcDay> day_grained_days(const MemoryDataset& known, UtcDay from, UtcDay to);

}  // namespace tidemark::memory
