#pragma once
// The seals of the memory store. The caller holds the database's mutex.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/seal.h"
#include "store/memory/memory_database.h"

namespace tidemark {

std::map<std::string, Coverage> coverage_by_feed(const std::vector<Run>& runs,
                                                 std::string_view dataset);

// See SealStore for what these do.
std::vector<SealEvent> seal_days(MemoryDataset& known, std::span<const UtcDay> days, Timestamp now);
std::vector<SealedDay> sealed_days(const MemoryDataset& known);
std::vector<SealEvent> seal_events(const MemoryDataset& known,
                                   std::int64_t after,
                                   std::int64_t limit);
std::vector<UtcDay> freeze_days(MemoryDataset& known,
                                std::span<const UtcDay> days,
                                FreezePolicy policy);
std::vector<UtcDay> purgeable_days(const MemoryDataset& known,
                                   UtcDay before,
                                   Timestamp quiet_since);

// How the day is frozen, if it is.
std::optional<FreezePolicy> find_freeze(const MemoryDataset& known, UtcDay day);

}  // namespace tidemark
