#pragma once
// Slots of a configured length, numbered from 1970-01-01T00:00Z. A day holds a whole number of
// them.

#include <chrono>
#include <cstdint>

#include "domain/utc_day.h"
#include "sync/span_set.h"
#include "sync/sync_time.h"

namespace tidemark {

class SlotGrid {
 public:
    // `slot` divides a day without rest.
    explicit SlotGrid(std::chrono::seconds slot) : slot_s_(slot.count()) {}

    [[nodiscard]] std::int64_t per_day() const { return 86400 / slot_s_; }
    [[nodiscard]] std::int64_t seconds() const { return slot_s_; }

    // The slot that holds the instant; and so how many slots have ended by then.
    [[nodiscard]] std::int64_t slot_at(std::chrono::sys_seconds instant) const {
        const std::int64_t since_epoch = instant.time_since_epoch().count();
        const std::int64_t quotient = since_epoch / slot_s_;
        return since_epoch % slot_s_ < 0 ? quotient - 1 : quotient;
    }

    [[nodiscard]] std::chrono::sys_seconds begin(std::int64_t slot) const {
        return std::chrono::sys_seconds(std::chrono::seconds(slot * slot_s_));
    }

    [[nodiscard]] std::int64_t first_slot(UtcDay day) const {
        return day.days_since_epoch() * per_day();
    }

    // The slots that lie wholly in the range; backward where there is none.
    [[nodiscard]] Span slots_within(TimeRange range) const {
        const std::int64_t holding = slot_at(range.from);
        return {begin(holding) == range.from ? holding : holding + 1, slot_at(range.to)};
    }

    [[nodiscard]] Span slots_of(DayRange days) const {
        return {first_slot(days.from), first_slot(days.to)};
    }

    [[nodiscard]] TimeRange range_of(Span slots) const {
        return {begin(slots.begin), begin(slots.end)};
    }

 private:
    std::int64_t slot_s_;
};

}  // namespace tidemark
