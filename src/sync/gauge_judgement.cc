#include "sync/gauge_judgement.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "sync/lateness.h"
#include "sync/slot_grid.h"

namespace tidemark {

namespace {

using std::chrono::sys_seconds;

UtcDay day_numbered(std::int64_t number) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(number));
}

// Days as numbers, from the origin on.
SpanSet covered_days(const GaugeObservation& observation, UtcDay origin) {
    std::vector<Span> spans;
    for (const UtcDay day : observation.covered_days) {
        spans.push_back({day.days_since_epoch(), day.days_since_epoch() + 1});
    }
    return SpanSet::of(std::move(spans))
        .within({origin.days_since_epoch(), std::numeric_limits<std::int32_t>::max()});
}

// How many days have ended by `now`, and by the last commit with time to settle: both as the number
// of the first day that has not.
std::int64_t first_open_day(const GaugeObservation& observation,
                            const DatasetSyncConfig& config,
                            sys_seconds now) {
    const std::int64_t today = UtcDay::containing(now).days_since_epoch();
    if (!observation.last_commit.has_value()) {
        return std::numeric_limits<std::int32_t>::min();
    }
    const UtcDay settled = UtcDay::containing(*observation.last_commit - config.settle);
    return std::min<std::int64_t>(today, settled.days_since_epoch());
}

}  // namespace

DatasetSnapshot judge_gauge(const GaugeObservation& observation,
                            const DatasetSyncConfig& config,
                            std::chrono::seconds slot,
                            sys_seconds now) {
    const std::int64_t origin = config.origin.days_since_epoch();
    const SpanSet covered = covered_days(observation, config.origin);
    const SpanSet daily = covered.within({origin, first_open_day(observation, config, now)});
    const UtcDay seam = day_numbered(daily.first_absent(origin));

    DatasetSnapshot snapshot;
    snapshot.kind = DatasetKind::gauge;
    snapshot.seam = seam.begin();
    snapshot.seen_through = observation.last_commit;
    snapshot.irregular = !daily.empty() && daily.spans().back().begin > seam.days_since_epoch();
    if (!daily.empty()) {
        snapshot.synced_through = snapshot.seam;
        snapshot.stable_through = snapshot.seam;
    }
    const SlotGrid grid(slot);
    const UtcDay limit_day = UtcDay::containing(grid.begin(grid.slot_at(now)));
    const std::int64_t looked_at =
        std::min<std::int64_t>(limit_day.days_since_epoch(), covered.end().value_or(origin));
    snapshot.gaps.emplace();
    const SpanSet missing = SpanSet::of({{origin, looked_at}}).without(covered);
    for (const Span& span : missing.spans()) {
        snapshot.gaps->push_back(
            {day_numbered(span.begin).begin(), day_numbered(span.end).begin()});
    }
    snapshot.pending = 0;
    snapshot.open_day = UtcDay::containing(now);
    snapshot.due_at = seam.end() + config.settle + config.expected_delay;
    if (!covered.empty()) {
        snapshot.daily_latest = day_numbered(*covered.end()).begin();
    }
    if (!snapshot.synced_through.has_value()) {
        snapshot.status = SyncStatus::unknown;
    } else if (!snapshot.gaps->empty()) {
        snapshot.status = SyncStatus::gap;
    } else {
        snapshot.status = status_of_overdue(now - *snapshot.due_at, config);
    }
    return snapshot;
}

}  // namespace tidemark
