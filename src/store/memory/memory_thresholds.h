#pragma once
// ThresholdStore in memory. The caller holds the database's mutex.

#include "store/memory/memory_database.h"
#include "store/threshold_store.h"

namespace tidemark::memory {

std::int64_t record_judgement(MemoryDatabase& database,
                              Timestamp now,
                              std::string_view threshold,
                              std::chrono::sys_seconds through,
                              std::span<const ThresholdEvent> events);
std::vector<ThresholdEvent> claim_deliveries(MemoryDatabase& database,
                                             Timestamp now,
                                             std::string_view threshold,
                                             std::chrono::milliseconds lease,
                                             std::int64_t limit);
Result<void> record_attempt(MemoryDatabase& database,
                            Timestamp now,
                            std::string_view event_id,
                            std::int64_t status,
                            std::string_view outcome,
                            std::optional<std::chrono::milliseconds> again_in);
std::vector<ThresholdEvent> threshold_events(const MemoryDatabase& database, std::int64_t limit);
std::vector<DeliveryAttempt> delivery_attempts(const MemoryDatabase& database,
                                               std::string_view event_id);

// Forgets the events of a subject.
void erase_threshold_events(MemoryDatabase& database,
                            std::string_view dataset,
                            std::string_view subject);

}  // namespace tidemark::memory
