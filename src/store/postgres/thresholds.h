#pragma once
// ThresholdStore's calls, and what erasing a subject takes from them.

#include "base/result.h"
#include "store/postgres/connection.h"
#include "store/threshold_store.h"

namespace tidemark::postgres {

Result<std::optional<std::chrono::sys_seconds>> judged_through(Connection& connection,
                                                               std::string_view threshold);
Result<std::int64_t> record_judgement(Connection& connection,
                                      std::string_view threshold,
                                      std::chrono::sys_seconds through,
                                      std::span<const ThresholdEvent> events);
Result<std::vector<ThresholdEvent>> claim_deliveries(Connection& connection,
                                                     std::string_view threshold,
                                                     std::chrono::milliseconds lease,
                                                     std::int64_t limit);
Result<void> record_attempt(Connection& connection,
                            std::string_view event_id,
                            std::int64_t status,
                            std::string_view outcome,
                            std::optional<std::chrono::milliseconds> again_in);
Result<std::vector<ThresholdEvent>> threshold_events(Connection& connection, std::int64_t limit);
Result<std::vector<DeliveryAttempt>> delivery_attempts(Connection& connection,
                                                       std::string_view event_id);

// Forgets the events of a subject, in the caller's transaction.
Result<void> erase_threshold_events(Connection& connection,
                                    std::string_view dataset,
                                    std::string_view subject);

}  // namespace tidemark::postgres
