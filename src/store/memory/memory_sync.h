#pragma once
// Synchronisation's part of the memory store (store/sync_store.h).

#include <memory>

#include "base/clock.h"
#include "store/memory/memory_database.h"
#include "store/sync_store.h"

namespace tidemark {

// Each locks the database.
Freshness memory_freshness(MemoryDatabase& database, Timestamp now);
std::unique_ptr<SyncLease> memory_try_lead(const std::shared_ptr<MemoryDatabase>& database,
                                           const Clock& clock,
                                           std::chrono::milliseconds ttl);
bool memory_save_snapshot(MemoryDatabase& database,
                          const SyncFence& fence,
                          std::string_view content);
bool memory_save_first_snapshot(MemoryDatabase& database, Timestamp now, const SnapshotMaker& make);
std::int64_t memory_raise_generation(MemoryDatabase& database, std::int64_t at_least);

}  // namespace tidemark
