#pragma once
// ThresholdStore: what thresholds fired and who was told, kept in the database of a Store; whoever
// judges and tells opens one beside it.
//
// An event is fired once: its id follows from the threshold, its limit, the subject and the period.
// It is kept before anybody is told, and told until somebody says that he heard: at least once.
// The log of the last attempts stays.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/total.h"

namespace tidemark {

struct ThresholdEvent {
    std::string id;         // event_id_of()
    std::string threshold;  // its name
    std::string dataset;
    std::string metric;
    std::string subject;
    std::string period;                         // "2026-11-01" or "2026-11"
    Total value;                                // when it fired
    std::int64_t at_least = 0;                  // the limit that it reached
    std::chrono::sys_seconds synced_through{};  // up to which the value counts
    Timestamp fired_at{};                       // by the store's clock
    std::int64_t attempts = 0;                  // to tell somebody, also those not logged any more
    std::optional<Timestamp> delivered_at{};
};

// 32 hexadecimal digits of what makes an event the same one.
std::string event_id_of(const ThresholdEvent& event);

// not_found
Error no_such_threshold_event(std::string_view event_id);

// One attempt to tell somebody.
struct DeliveryAttempt {
    std::int64_t attempt = 0;  // from 1
    Timestamp attempted_at{};
    std::int64_t status = 0;  // what he answered; 0: nothing
    std::string outcome;      // in words
};

// An event that nobody hears is tried for ever; of so many attempts there is a log.
inline constexpr std::int64_t logged_attempts_max = 100;

// One thread at a time. Fails with unavailable (the same call may be made again) and corrupt.
class ThresholdStore {
 public:
    ThresholdStore() = default;
    ThresholdStore(const ThresholdStore&) = delete;
    ThresholdStore& operator=(const ThresholdStore&) = delete;
    virtual ~ThresholdStore() = default;

    // Up to which instant the threshold was judged; nothing: never.
    virtual Result<std::optional<std::chrono::sys_seconds>> judged_through(
        std::string_view threshold) = 0;

    // Keeps those of the events that are not known yet, and that the threshold was judged up to
    // `through` unless it was further, in one transaction. How many are new.
    virtual Result<std::int64_t> record_judgement(std::string_view threshold,
                                                  std::chrono::sys_seconds through,
                                                  std::span<const ThresholdEvent> events) = 0;

    // Undelivered events of the threshold whose next attempt is due, the one that waits longest
    // first, at most `limit`. From here on nobody else gets them until `lease` is over.
    virtual Result<std::vector<ThresholdEvent>> claim_deliveries(std::string_view threshold,
                                                                 std::chrono::milliseconds lease,
                                                                 std::int64_t limit) = 0;

    // Logs an attempt, and forgets the oldest beyond logged_attempts_max. The event is delivered,
    // or to be tried again after `again_in`. Fails with not_found for an unknown event.
    virtual Result<void> record_attempt(std::string_view event_id,
                                        std::int64_t status,
                                        std::string_view outcome,
                                        std::optional<std::chrono::milliseconds> again_in) = 0;

    // The newest first, at most `limit`.
    virtual Result<std::vector<ThresholdEvent>> threshold_events(std::int64_t limit) = 0;

    // Those logged, in order. Empty for an unknown event.
    virtual Result<std::vector<DeliveryAttempt>> delivery_attempts(std::string_view event_id) = 0;
};

}  // namespace tidemark
