#include "sync/store_metadata.h"

#include <utility>

namespace tidemark {

namespace {

std::vector<TimeRange> ranges_of(const Coverage& coverage) {
    std::vector<TimeRange> ranges;
    for (const SlotRange& range : coverage.ranges()) {
        ranges.push_back({range.begin.begin(), range.end.begin()});
    }
    return ranges;
}

CounterObservation observe_counter(const DatasetFreshness& freshness,
                                   const StoreDataset& expected) {
    CounterObservation counter;
    if (!expected.feeds_are_all) {
        for (const auto& [feed, coverage] : freshness.feeds) {
            counter.feeds[feed] = ranges_of(coverage);
        }
    }
    // A feed that never covered anything is one of no coverage, not none.
    for (const std::string& feed : expected.feeds) {
        const auto found = freshness.feeds.find(feed);
        counter.feeds[feed] =
            found == freshness.feeds.end() ? std::vector<TimeRange>() : ranges_of(found->second);
    }
    for (const UtcDay day : freshness.sealed_days) {
        if (!counter.sealed.empty() && counter.sealed.back().to == day) {
            counter.sealed.back().to = day.next();
        } else {
            counter.sealed.push_back({day, day.next()});
        }
    }
    counter.acknowledged_holes = ranges_of(freshness.acknowledged_holes);
    counter.dirty.assign(freshness.dirty_days.begin(), freshness.dirty_days.end());
    return counter;
}

GaugeObservation observe_gauge(const DatasetFreshness& freshness) {
    GaugeObservation gauge;
    gauge.covered_days.assign(freshness.observed_days.begin(), freshness.observed_days.end());
    if (freshness.last_commit.has_value()) {
        gauge.last_commit = std::chrono::floor<std::chrono::seconds>(*freshness.last_commit);
    }
    return gauge;
}

}  // namespace

Observed StoreGetter::read(std::chrono::steady_clock::time_point /*deadline*/) {
    return observe(store_.read_freshness());
}

Observed StoreGetter::observe(Result<Freshness> freshness) {
    Observed observed;
    for (const auto& [name, expected] : datasets_) {
        DatasetObservation& observation = observed.datasets[name];
        if (!freshness.has_value()) {
            observation.found = FailedObservation{freshness.error().message};
            continue;
        }
        const auto found = freshness->datasets.find(name);
        // A dataset that nothing was ever stored for is observed, and empty.
        const DatasetFreshness known =
            found == freshness->datasets.end() ? DatasetFreshness() : found->second;
        if (expected.kind == DatasetKind::counter) {
            observation.found = observe_counter(known, expected);
        } else {
            observation.found = observe_gauge(known);
        }
    }
    freshness_ = freshness.has_value() ? std::optional(*std::move(freshness)) : std::nullopt;
    return observed;
}

Result<Publication> StoreSetter::publish(const PublishedSnapshot& snapshot,
                                         std::span<const SnapshotChange> /*changes*/) {
    TIDEMARK_ASSIGN_OR_RETURN(const bool saved,
                              store_.save_snapshot(snapshot.fence, publish_text(snapshot)));
    if (saved) {
        return Publication::published;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::optional<StoredSnapshot> kept, store_.load_snapshot());
    if (kept.has_value() && kept->fence == snapshot.fence) {
        return Publication::repeated;
    }
    if (kept.has_value() && kept->fence.generation == snapshot.fence.generation &&
        kept->fence.epoch == snapshot.fence.epoch) {
        return Publication::stale;
    }
    return kept.has_value() && kept->fence.generation > snapshot.fence.generation
               ? Publication::old_generation
               : Publication::fenced;
}

Result<std::optional<LoadedSnapshot>> StoreSetter::load() {
    TIDEMARK_ASSIGN_OR_RETURN(const std::optional<StoredSnapshot> kept, store_.load_snapshot());
    if (!kept.has_value()) {
        return std::optional<LoadedSnapshot>();
    }
    TIDEMARK_ASSIGN_OR_RETURN(PublishedSnapshot published, parse_published(kept->content));
    return std::optional(LoadedSnapshot{.published = std::move(published)});
}

}  // namespace tidemark
