#include "store/memory/memory_sync.h"

#include <algorithm>
#include <utility>

#include "store/memory/memory_seals.h"

namespace tidemark {

namespace {

class MemoryLease final : public SyncLease {
 public:
    MemoryLease(std::shared_ptr<MemoryDatabase> database,
                const Clock& clock,
                std::chrono::milliseconds ttl,
                std::int64_t epoch)
        : database_(std::move(database)), clock_(clock), ttl_(ttl), epoch_(epoch) {}

    ~MemoryLease() override { (void)set_until(Timestamp()); }

    [[nodiscard]] std::int64_t epoch() const override { return epoch_; }

    Result<bool> renew() override { return set_until(clock_.now() + ttl_); }

 private:
    bool set_until(Timestamp until) {
        const std::lock_guard lock(database_->mutex);
        if (database_->sync.epoch != epoch_) {
            return false;
        }
        database_->sync.lease_until = until;
        return true;
    }

    std::shared_ptr<MemoryDatabase> database_;
    const Clock& clock_;
    std::chrono::milliseconds ttl_;
    std::int64_t epoch_;
};

UtcDay day_of(Timestamp instant) {
    return UtcDay::containing(std::chrono::floor<std::chrono::seconds>(instant));
}

// The caller holds the mutex.
Freshness freshness_of(const MemoryDatabase& database, Timestamp now) {
    Freshness freshness{.now = now, .generation = database.sync.generation, .datasets = {}};
    for (const auto& [name, known] : database.datasets) {
        DatasetFreshness& dataset = freshness.datasets[name];
        dataset.kind = known.dataset.kind();
        for (const SealedDay& sealed : sealed_days(known)) {
            dataset.sealed_days.insert(sealed.day);
            if (sealed.dirty) {
                dataset.dirty_days.insert(sealed.day);
            }
        }
    }
    for (const Run& run : database.runs) {
        const auto found = freshness.datasets.find(run.dataset);
        if (found == freshness.datasets.end() || run.outcome != RunOutcome::succeeded) {
            continue;
        }
        for (const SlotRange& range : run.covered.ranges()) {
            found->second.feeds[run.feed].add(range);
        }
        if (found->second.kind == DatasetKind::gauge && run.ended_at.has_value()) {
            found->second.observed_days.insert(day_of(*run.ended_at));
            found->second.last_commit = std::max(found->second.last_commit, run.ended_at);
        }
    }
    for (const auto& [name, holes] : database.sync.acknowledged_holes) {
        freshness.datasets[name].acknowledged_holes = holes;
    }
    return freshness;
}

// The caller holds the mutex.
bool keep(MemorySync& sync, StoredSnapshot snapshot) {
    const SyncFence& fence = snapshot.fence;
    if (fence.epoch != sync.epoch || fence.generation != sync.generation ||
        (sync.snapshot.has_value() && sync.snapshot->fence >= fence)) {
        return false;
    }
    sync.snapshot = std::move(snapshot);
    return true;
}

}  // namespace

Freshness memory_freshness(MemoryDatabase& database, Timestamp now) {
    const std::lock_guard lock(database.mutex);
    return freshness_of(database, now);
}

std::unique_ptr<SyncLease> memory_try_lead(const std::shared_ptr<MemoryDatabase>& database,
                                           const Clock& clock,
                                           std::chrono::milliseconds ttl) {
    const std::lock_guard lock(database->mutex);
    MemorySync& sync = database->sync;
    if (sync.lease_until > clock.now()) {
        return nullptr;
    }
    sync.lease_until = clock.now() + ttl;
    return std::make_unique<MemoryLease>(database, clock, ttl, ++sync.epoch);
}

bool memory_save_snapshot(MemoryDatabase& database,
                          const SyncFence& fence,
                          std::string_view content) {
    const std::lock_guard lock(database.mutex);
    return keep(database.sync, {fence, std::string(content)});
}

bool memory_save_first_snapshot(MemoryDatabase& database,
                                Timestamp now,
                                const SnapshotMaker& make) {
    const std::lock_guard lock(database.mutex);
    return !database.sync.snapshot.has_value() &&
           keep(database.sync, make(freshness_of(database, now)));
}

std::int64_t memory_raise_generation(MemoryDatabase& database, std::int64_t at_least) {
    const std::lock_guard lock(database.mutex);
    database.sync.generation = std::max(database.sync.generation + 1, at_least);
    return database.sync.generation;
}

}  // namespace tidemark
