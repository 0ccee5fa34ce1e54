#pragma once
// What thresholds fired and who was told, for people and programs.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/threshold_store.h"

namespace tidemark {

// One that is declared.
struct ToldThreshold {
    std::string name;
    std::string dataset;
    std::string metric;
    std::string subject;  // empty: each by itself
    std::string window;
    std::int64_t at_least = 0;
    std::string url;
};

// An event with the log of its delivery.
struct ToldEvent {
    ThresholdEvent event;
    std::vector<DeliveryAttempt> attempts;
};

// The newest first, at most `limit`.
Result<std::vector<ToldEvent>> find_told_events(ThresholdStore& store, std::int64_t limit);

// Two tables.
std::string format_thresholds(const std::vector<ToldThreshold>& declared,
                              const std::vector<ToldEvent>& events);

// {"thresholds": [...], "events": [{..., "attempt_count": 2, "attempts": [...]}]}
std::string thresholds_json(const std::vector<ToldThreshold>& declared,
                            const std::vector<ToldEvent>& events);

}  // namespace tidemark
