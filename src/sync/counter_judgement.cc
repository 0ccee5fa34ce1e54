#include "sync/counter_judgement.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/lateness.h"
#include "sync/slot_grid.h"

namespace tidemark {

namespace {

using std::chrono::sys_seconds;

constexpr std::int64_t forever = std::numeric_limits<std::int64_t>::max();

// What is covered, by slots at or after the origin.
struct CounterCoverage {
    SpanSet batch;                    // covered by every feed
    SpanSet daily;                    // within sealed days that are over
    SpanSet holes;                    // acknowledged, and covered by neither
    SpanSet covered;                  // batch and daily
    SpanSet known;                    // covered and holes
    std::vector<SpanSet> feed_slots;  // one a feed, in the order of the feeds' names
    std::int64_t quarantined = 0;
    std::int64_t premature_seals = 0;
    std::optional<std::int64_t> seen_through;  // a slot's number
    std::optional<sys_seconds> batch_latest;
};

// What a list of ranges comes to.
struct DeclaredSlots {
    SpanSet slots;                      // held whole, at or after the origin
    std::optional<sys_seconds> latest;  // the latest end, before anything is left out
};

class CounterJudge {
 public:
    CounterJudge(const CounterObservation& observation,
                 const DatasetSyncConfig& config,
                 std::chrono::seconds slot,
                 sys_seconds now)
        : observation_(observation),
          config_(config),
          grid_(slot),
          now_(now),
          origin_(grid_.first_slot(config.origin)),
          limit_(grid_.slot_at(now)) {}

    DatasetSnapshot judge() {
        cover_batches();
        cover_days();
        cover_holes();
        DatasetSnapshot snapshot;
        snapshot.kind = DatasetKind::counter;
        set_progress(snapshot);
        set_missing(snapshot);
        set_stable(snapshot);
        set_cover(snapshot);
        set_diagnosis(snapshot);
        return snapshot;
    }

 private:
    [[nodiscard]] DeclaredSlots slots_of_ranges(const std::vector<TimeRange>& ranges) const;

    [[nodiscard]] std::vector<TimeRange> ranges_of(const SpanSet& slots) const {
        std::vector<TimeRange> ranges;
        for (const Span& span : slots.spans()) {
            ranges.push_back(grid_.range_of(span));
        }
        return ranges;
    }

    [[nodiscard]] std::optional<sys_seconds> instant_of(std::optional<std::int64_t> slot) const {
        return slot.has_value() ? std::optional(grid_.begin(*slot)) : std::nullopt;
    }

    void cover_batches();
    void cover_days();
    void cover_holes();
    void set_progress(DatasetSnapshot& snapshot) const;
    void set_missing(DatasetSnapshot& snapshot) const;
    void set_stable(DatasetSnapshot& snapshot) const;
    void set_cover(DatasetSnapshot& snapshot) const;
    void set_diagnosis(DatasetSnapshot& snapshot) const;

    const CounterObservation& observation_;
    const DatasetSyncConfig& config_;
    const SlotGrid grid_;
    const sys_seconds now_;
    const std::int64_t origin_;  // the first slot there is
    const std::int64_t limit_;   // the first slot that is not over
    CounterCoverage coverage_;
};

DeclaredSlots CounterJudge::slots_of_ranges(const std::vector<TimeRange>& ranges) const {
    const std::chrono::seconds slot(grid_.seconds());
    const auto goes_on = [slot](const TimeRange& range, const TimeRange& next) {
        return next.from == range.to && next.to - next.from == slot;
    };
    DeclaredSlots declared;
    std::vector<Span> spans;
    for (auto first = ranges.begin(); first != ranges.end();) {
        // Runs often declare a slot each, one after the other: a row of them is one range, and is
        // not divided by the slot's length one by one. Its joints are on the grid, so that no slot
        // is lost at them.
        auto last = first;
        if (first->from < first->to && grid_.begin(grid_.slot_at(first->to)) == first->to) {
            while (std::next(last) != ranges.end() && goes_on(*last, *std::next(last))) {
                ++last;
            }
        }
        declared.latest = std::max(declared.latest, std::optional(last->to));
        const Span span = grid_.slots_within({first->from, last->to});
        if (span.begin < span.end) {
            spans.push_back(span);
        }
        first = std::next(last);
    }
    declared.slots = SpanSet::of(std::move(spans)).within({origin_, forever});
    return declared;
}

void CounterJudge::cover_batches() {
    // Slot i ends at the begin of i + 1: it is quarantined when that is after the tolerance.
    const std::int64_t quarantine = grid_.slot_at(now_ + config_.skew_tolerance);
    bool first = true;
    for (const auto& [feed, ranges] : observation_.feeds) {
        const DeclaredSlots declared = slots_of_ranges(ranges);
        SpanSet accepted = declared.slots.within({origin_, quarantine});
        coverage_.batch_latest = std::max(coverage_.batch_latest, declared.latest);
        coverage_.quarantined += declared.slots.size() - accepted.size();
        coverage_.seen_through = std::max(coverage_.seen_through, accepted.end());
        coverage_.batch = first ? accepted : coverage_.batch.intersected(accepted);
        coverage_.feed_slots.push_back(std::move(accepted));
        first = false;
    }
}

void CounterJudge::cover_days() {
    std::vector<Span> spans;
    for (const DayRange& days : observation_.sealed) {
        spans.push_back(grid_.slots_of(days));
    }
    const SpanSet all = SpanSet::of(std::move(spans)).within({origin_, forever});
    coverage_.daily = all.within({origin_, grid_.first_slot(UtcDay::containing(now_))});
    coverage_.premature_seals = (all.size() - coverage_.daily.size()) / grid_.per_day();
    coverage_.seen_through = std::max(coverage_.seen_through, coverage_.daily.end());
    coverage_.covered = coverage_.batch.united(coverage_.daily);
}

void CounterJudge::cover_holes() {
    coverage_.holes =
        slots_of_ranges(observation_.acknowledged_holes).slots.without(coverage_.covered);
    coverage_.known = coverage_.covered.united(coverage_.holes);
}

void CounterJudge::set_progress(DatasetSnapshot& snapshot) const {
    const std::int64_t seam = coverage_.daily.first_absent(origin_);
    snapshot.seam = grid_.begin(seam);
    snapshot.irregular = !coverage_.daily.empty() && coverage_.daily.spans().back().begin > seam;
    snapshot.seen_through = instant_of(coverage_.seen_through);
    if (!coverage_.covered.empty()) {
        snapshot.synced_through =
            grid_.begin(std::min(limit_, coverage_.known.first_absent(origin_)));
    }
}

void CounterJudge::set_missing(DatasetSnapshot& snapshot) const {
    const SpanSet absent = SpanSet::of({{origin_, limit_}}).without(coverage_.known);
    const std::int64_t first_pending = grid_.slot_at(now_ - config_.expected_delay);
    const SpanSet missing = absent.within({origin_, first_pending});
    snapshot.pending = absent.size() - missing.size();
    snapshot.gaps.emplace();
    for (const Span& span : missing.spans()) {
        if (span.begin < coverage_.covered.end().value_or(origin_)) {
            snapshot.gaps->push_back(grid_.range_of(span));
        }
    }
    snapshot.status = SyncStatus::ok;
    if (!snapshot.synced_through.has_value()) {
        snapshot.status = SyncStatus::unknown;
    } else if (!snapshot.gaps->empty()) {
        snapshot.status = SyncStatus::gap;
    } else if (!missing.empty()) {
        const sys_seconds due =
            grid_.begin(missing.spans().front().begin + 1) + config_.expected_delay;
        snapshot.status = status_of_overdue(now_ - due, config_);
    }
}

void CounterJudge::set_stable(DatasetSnapshot& snapshot) const {
    for (const UtcDay day : observation_.dirty) {
        if (day >= config_.origin) {
            snapshot.dirty.push_back(day);
        }
    }
    std::ranges::sort(snapshot.dirty);
    const auto twice = std::ranges::unique(snapshot.dirty);
    snapshot.dirty.erase(twice.begin(), twice.end());
    if (!snapshot.synced_through.has_value()) {
        return;
    }
    snapshot.stable_through =
        std::min(*snapshot.synced_through, grid_.begin(grid_.slot_at(now_ - config_.lateness)));
    if (!snapshot.dirty.empty()) {
        snapshot.stable_through =
            std::min(*snapshot.stable_through, snapshot.dirty.front().begin());
    }
}

void CounterJudge::set_cover(DatasetSnapshot& snapshot) const {
    struct Owned {
        Span span;
        CoverOwner owner;
    };
    std::vector<Owned> owned;
    for (const Span& span : coverage_.daily.spans()) {
        owned.push_back({span, CoverOwner::daily});
    }
    const auto daily_count = static_cast<std::ptrdiff_t>(owned.size());
    const SpanSet batch_only = coverage_.batch.without(coverage_.daily);
    for (const Span& span : batch_only.spans()) {
        owned.push_back({span, CoverOwner::batch});
    }
    std::ranges::inplace_merge(
        owned, owned.begin() + daily_count, {}, [](const Owned& each) { return each.span.begin; });
    snapshot.cover.emplace();
    std::int64_t reached = origin_;
    for (const Owned& each : owned) {
        if (reached < each.span.begin) {
            snapshot.cover->push_back(
                {grid_.range_of({reached, each.span.begin}), CoverOwner::none});
        }
        snapshot.cover->push_back({grid_.range_of(each.span), each.owner});
        reached = each.span.end;
    }
    snapshot.overlap_s = (coverage_.batch.size() - batch_only.size()) * grid_.seconds();
    snapshot.holes = ranges_of(coverage_.holes);
    snapshot.quarantined = coverage_.quarantined;
    snapshot.premature_seals = coverage_.premature_seals;
}

void CounterJudge::set_diagnosis(DatasetSnapshot& snapshot) const {
    snapshot.batch_latest = coverage_.batch_latest;
    for (const DayRange& days : observation_.sealed) {
        snapshot.daily_latest = std::max(snapshot.daily_latest, std::optional(days.to.begin()));
    }
    const std::int64_t next = std::min(limit_, coverage_.known.first_absent(origin_));
    snapshot.due_at = grid_.begin(next + 1) + config_.expected_delay;
    std::size_t place = 0;
    for (const auto& [feed, ranges] : observation_.feeds) {
        if (!coverage_.feed_slots[place++].contains(next)) {
            snapshot.waiting_for.push_back(feed);
        }
    }
}

}  // namespace

DatasetSnapshot judge_counter(const CounterObservation& observation,
                              const DatasetSyncConfig& config,
                              std::chrono::seconds slot,
                              sys_seconds now) {
    return CounterJudge(observation, config, slot, now).judge();
}

}  // namespace tidemark
