#pragma once
// The sync worker: observes, synchronises, publishes; one of several leads.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/sync_store.h"
#include "sync/metadata_getter.h"
#include "sync/metadata_setter.h"
#include "sync/store_metadata.h"
#include "sync/sync_config.h"

namespace tidemark {

// One dataset to synchronise.
struct SyncedDataset {
    DatasetSyncConfig config;
    bool origin_configured = false;  // else it is inferred (sync/origin.h)
};

struct SyncSettings {
    std::string worker;  // names this process in what it publishes: host and process id
    std::chrono::milliseconds period{30'000};
    std::chrono::milliseconds lease{45'000};         // the lead is lost after so long a silence
    std::chrono::milliseconds read_timeout{10'000};  // a source that takes longer has failed
    std::chrono::seconds slot = std::chrono::minutes(30);
    std::map<std::string, SyncedDataset> datasets;
};

// What one cycle came to.
struct SyncCycle {
    bool leading = false;  // else nothing was observed and nothing published
    Snapshot snapshot;
    std::vector<SnapshotChange> changes;
    // By the name of each place of publication.
    std::vector<std::pair<std::string, Result<Publication>>> publications;
};

// One thread at a time. Borrows the store.
class SyncWorker {
 public:
    // `own` observes the store's own datasets; `others` observe further ones, each in a thread of
    // its own. The store itself is the first place of publication, `setters` are the others.
    SyncWorker(SyncStore& store,
               SyncSettings settings,
               std::map<std::string, StoreDataset> own,
               std::vector<std::unique_ptr<MetadataGetter>> others,
               std::vector<std::unique_ptr<MetadataSetter>> setters);

    // One cycle: takes or keeps the lead, and where it has it observes and publishes. A source or a
    // place that fails does not end it; its failure is in the snapshot or in `publications`, and
    // logged, as is every change. Fails with unavailable when the store cannot say who leads and
    // this worker did not.
    Result<SyncCycle> run_once();

    // A cycle each period, and while another worker leads a look four times a period whether it
    // still does, until `stop` is set. Failures are logged and tried again.
    void watch(const std::atomic<bool>& stop);

 private:
    Result<bool> keep_lead();
    void take_up_published();
    Result<bool> keep_first(SyncCycle& cycle);
    Observed observe();
    Observed observe_others(std::chrono::steady_clock::time_point deadline);
    void conclude(const Observed& observed, SyncCycle& cycle);
    [[nodiscard]] PublishedSnapshot published(const SyncCycle& cycle) const;
    [[nodiscard]] std::chrono::sys_seconds now() const;
    [[nodiscard]] SyncConfig config_for(const Observed& observed) const;
    [[nodiscard]] std::optional<Snapshot> settled_previous() const;
    void publish(SyncCycle& cycle, bool kept);

    SyncStore& store_;
    const SyncSettings settings_;
    StoreGetter own_getter_;
    std::vector<std::unique_ptr<MetadataGetter>> others_;
    std::vector<std::unique_ptr<MetadataSetter>> setters_;  // the store's own first

    std::unique_ptr<SyncLease> lease_;
    SyncFence fence_;                   // of the last snapshot; epoch 0: never led
    std::optional<Snapshot> previous_;  // what the next one goes on from
    SyncFence previous_fence_;
    std::chrono::sys_seconds store_now_{};
    std::chrono::steady_clock::time_point store_now_read_at_{};
};

}  // namespace tidemark
