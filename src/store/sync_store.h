#pragma once
// SyncStore: the part of a store that synchronisation needs: what is covered, which worker leads,
// and the snapshot that it saved.

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/coverage.h"
#include "domain/dataset.h"
#include "domain/utc_day.h"

namespace tidemark {

// How far one dataset came. Sets that do not belong to its kind are empty.
struct DatasetFreshness {
    DatasetKind kind = DatasetKind::counter;
    std::map<std::string, Coverage> feeds;  // declared by succeeded runs; feeds that ever did
    Coverage acknowledged_holes;
    std::set<UtcDay> sealed_days;
    std::set<UtcDay> dirty_days;             // sealed, with rows that came later
    std::set<UtcDay> observed_days;          // of a gauge: with a committed batch, or run
    std::optional<Timestamp> last_commit{};  // of a gauge
};

// All datasets, of one moment.
struct Freshness {
    Timestamp now{};              // the store's clock
    std::int64_t generation = 1;  // raised by raise_generation()
    std::map<std::string, DatasetFreshness> datasets;
};

// Orders what is published: who comes later in this order wins.
struct SyncFence {
    std::int64_t generation = 1;  // raised by an operator
    std::int64_t epoch = 0;       // raised with each change of the leading worker
    std::int64_t seq = 0;         // raised with each snapshot that it publishes

    auto operator<=>(const SyncFence&) const = default;
};

struct StoredSnapshot {
    SyncFence fence;
    std::string content;
};

// Makes a snapshot of how far the datasets came. Must not call the store.
using SnapshotMaker = std::function<StoredSnapshot(const Freshness&)>;

// What a worker that leads holds; given up when it goes. One thread at a time; must not outlive
// its store.
class SyncLease {
 public:
    SyncLease() = default;
    SyncLease(const SyncLease&) = delete;
    SyncLease& operator=(const SyncLease&) = delete;
    virtual ~SyncLease() = default;

    [[nodiscard]] virtual std::int64_t epoch() const = 0;

    // Says that the worker is alive. False when the lease was lost: another one may lead.
    virtual Result<bool> renew() = 0;
};

// Errors, threads: as of Store.
class SyncStore {
 public:
    SyncStore() = default;
    SyncStore(const SyncStore&) = delete;
    SyncStore& operator=(const SyncStore&) = delete;
    virtual ~SyncStore() = default;

    // Read in one snapshot of the database.
    virtual Result<Freshness> read_freshness() = 0;

    // Takes the lead, with an epoch above every earlier one, unless a worker has it that renewed
    // its lease within `ttl` (by its own ttl): then null.
    virtual Result<std::unique_ptr<SyncLease>> try_lead(std::string_view worker,
                                                        std::chrono::milliseconds ttl) = 0;

    // Keeps the snapshot in the place of the one before. False, and nothing is changed, unless the
    // fence is of the newest epoch and the current generation and above the kept one's.
    virtual Result<bool> save_snapshot(const SyncFence& fence, std::string_view content) = 0;
    virtual Result<std::optional<StoredSnapshot>> load_snapshot() = 0;

    // Keeps the first snapshot, as `make` makes it of the freshness of that very moment: whoever
    // reads the freshness and finds afterwards that still no snapshot is kept has read nothing
    // newer than `make` was given. False, and nothing is changed, where one is kept already or the
    // fence is not of the newest epoch and the current generation.
    virtual Result<bool> save_first_snapshot(const SnapshotMaker& make) = 0;

    // To one more, or to `at_least` where that is more. The new generation.
    virtual Result<std::int64_t> raise_generation(std::int64_t at_least) = 0;

    // Declares that what is not covered of the range is lost for good; again changes nothing but
    // the reason. Fails with not_found for what is no counter dataset.
    virtual Result<void> acknowledge_hole(std::string_view dataset,
                                          SlotRange range,
                                          std::string_view reason) = 0;
};

}  // namespace tidemark
