#include "store/memory/memory_thresholds.h"

#include <algorithm>

namespace tidemark::memory {

namespace {

MemoryThresholdEvent* find_event(MemoryDatabase& database, std::string_view event_id) {
    const auto found =
        std::ranges::find_if(database.threshold_events,
                             [event_id](const auto& known) { return known.event.id == event_id; });
    return found == database.threshold_events.end() ? nullptr : &*found;
}

}  // namespace

std::int64_t record_judgement(MemoryDatabase& database,
                              Timestamp now,
                              std::string_view threshold,
                              std::chrono::sys_seconds through,
                              std::span<const ThresholdEvent> events) {
    std::int64_t added = 0;
    for (const ThresholdEvent& event : events) {
        if (find_event(database, event.id) == nullptr) {
            database.threshold_events.push_back({.event = event, .next_attempt_at = now});
            database.threshold_events.back().event.fired_at = now;
            ++added;
        }
    }
    const auto place = database.judged_through.emplace(threshold, through).first;
    place->second = std::max(place->second, through);
    return added;
}

std::vector<ThresholdEvent> claim_deliveries(MemoryDatabase& database,
                                             Timestamp now,
                                             std::string_view threshold,
                                             std::chrono::milliseconds lease,
                                             std::int64_t limit) {
    std::vector<MemoryThresholdEvent*> due;
    for (MemoryThresholdEvent& known : database.threshold_events) {
        if (known.event.threshold == threshold && !known.event.delivered_at.has_value() &&
            known.next_attempt_at <= now) {
            due.push_back(&known);
        }
    }
    std::ranges::stable_sort(due, {}, &MemoryThresholdEvent::next_attempt_at);
    std::vector<ThresholdEvent> claimed;
    for (MemoryThresholdEvent* known : due) {
        if (static_cast<std::int64_t>(claimed.size()) < limit) {
            known->next_attempt_at = now + lease;
            claimed.push_back(known->event);
        }
    }
    return claimed;
}

Result<void> record_attempt(MemoryDatabase& database,
                            Timestamp now,
                            std::string_view event_id,
                            std::int64_t status,
                            std::string_view outcome,
                            std::optional<std::chrono::milliseconds> again_in) {
    MemoryThresholdEvent* const known = find_event(database, event_id);
    if (known == nullptr) {
        return no_such_threshold_event(event_id);
    }
    known->attempts.push_back({.attempt = ++known->event.attempts,
                               .attempted_at = now,
                               .status = status,
                               .outcome = std::string(outcome)});
    if (std::ssize(known->attempts) > logged_attempts_max) {
        known->attempts.erase(known->attempts.begin());
    }
    if (again_in.has_value()) {
        known->next_attempt_at = now + *again_in;
    } else {
        known->event.delivered_at = now;
    }
    return {};
}

std::vector<ThresholdEvent> threshold_events(const MemoryDatabase& database, std::int64_t limit) {
    std::vector<ThresholdEvent> newest;
    for (auto known = database.threshold_events.rbegin();
         known != database.threshold_events.rend() &&
         static_cast<std::int64_t>(newest.size()) < limit;
         ++known) {
        newest.push_back(known->event);
    }
    return newest;
}

std::vector<DeliveryAttempt> delivery_attempts(const MemoryDatabase& database,
                                               std::string_view event_id) {
    for (const MemoryThresholdEvent& known : database.threshold_events) {
        if (known.event.id == event_id) {
            return known.attempts;
        }
    }
    return {};
}

void erase_threshold_events(MemoryDatabase& database,
                            std::string_view dataset,
                            std::string_view subject) {
    std::erase_if(database.threshold_events, [&](const MemoryThresholdEvent& known) {
        return known.event.dataset == dataset && known.event.subject == subject;
    });
}

}  // namespace tidemark::memory
