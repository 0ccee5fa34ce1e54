#include "worker/sync.h"

#include <algorithm>
#include <future>
#include <thread>

#include "base/log.h"
#include "sync/origin.h"
#include "sync/synchronise.h"

namespace tidemark {

namespace {

using std::chrono::steady_clock;
using std::chrono::sys_seconds;

void log_change(const SnapshotChange& change) {
    log_event(LogLevel::info,
              "sync.change",
              {{"dataset", change.dataset.empty() ? "(overall)" : change.dataset},
               {"what", change.what},
               {"from", change.from},
               {"to", change.to},
               {"reason", change.reason}});
}

void log_publication(const std::string& place,
                     const SyncFence& fence,
                     const Result<Publication>& publication) {
    const std::string order = std::to_string(fence.generation) + ":" + std::to_string(fence.epoch) +
                              ":" + std::to_string(fence.seq);
    if (!publication.has_value()) {
        log_event(LogLevel::warning,
                  "sync.unavailable",
                  {{"place", place}, {"error", publication.error().message}});
    } else if (*publication != Publication::published && *publication != Publication::repeated) {
        log_event(LogLevel::error,
                  "sync.refused",
                  {{"place", place},
                   {"outcome", std::string(to_string(*publication))},
                   {"fence", order},
                   {"hint",
                    "another worker leads, or an older database was put back: then raise the "
                    "generation (tidemark sync --raise-generation)"}});
    }
}

}  // namespace

SyncWorker::SyncWorker(SyncStore& store,
                       SyncSettings settings,
                       std::map<std::string, StoreDataset> own,
                       std::vector<std::unique_ptr<MetadataGetter>> others,
                       std::vector<std::unique_ptr<MetadataSetter>> setters)
    : store_(store),
      settings_(std::move(settings)),
      own_getter_(store, std::move(own)),
      others_(std::move(others)),
      setters_(std::move(setters)) {
    setters_.insert(setters_.begin(), std::make_unique<StoreSetter>(store));
}

// True when this worker leads. Where the store does not answer, a worker that led goes on: it may
// be the only one that can tell readers that the store is down, and if it is not, it is fenced.
Result<bool> SyncWorker::keep_lead() {
    if (lease_ != nullptr) {
        const Result<bool> renewed = lease_->renew();
        if (renewed.has_value() && *renewed) {
            return true;
        }
        lease_ = nullptr;
        log_event(LogLevel::warning,
                  "sync.lead_lost",
                  {{"epoch", std::to_string(fence_.epoch)},
                   {"error", renewed.has_value() ? "" : renewed.error().message}});
    }
    Result<std::unique_ptr<SyncLease>> lease = store_.try_lead(settings_.worker, settings_.lease);
    if (!lease.has_value()) {
        return fence_.epoch > 0 && lease.error().kind == ErrorKind::unavailable
                   ? Result<bool>(true)
                   : Result<bool>(lease.error());
    }
    if (*lease == nullptr) {
        // Whoever leads now goes on from what is published, and so will this worker.
        fence_ = {};
        previous_.reset();
        return false;
    }
    lease_ = *std::move(lease);
    fence_ = {.generation = fence_.generation, .epoch = lease_->epoch(), .seq = 0};
    take_up_published();
    log_event(LogLevel::info,
              "sync.leads",
              {{"worker", settings_.worker}, {"epoch", std::to_string(fence_.epoch)}});
    return true;
}

// Goes on from the newest of what is published anywhere and of what this worker remembers: a
// database that was put back from an old dump brings an old snapshot with it.
void SyncWorker::take_up_published() {
    for (const auto& setter : setters_) {
        Result<std::optional<LoadedSnapshot>> loaded = setter->load();
        if (!loaded.has_value()) {
            log_event(LogLevel::warning,
                      "sync.not_taken_up",
                      {{"place", setter->name()}, {"error", loaded.error().message}});
        } else if (loaded->has_value() &&
                   (!previous_.has_value() || (*loaded)->published.fence > previous_fence_)) {
            previous_fence_ = (*loaded)->published.fence;
            previous_ = (*loaded)->published.snapshot;
        }
    }
}

// Each in a thread of its own.
Observed SyncWorker::observe_others(steady_clock::time_point deadline) {
    std::vector<std::future<Observed>> reads;
    for (const auto& getter : others_) {
        reads.push_back(
            std::async(std::launch::async, [&getter, deadline] { return getter->read(deadline); }));
    }
    Observed observed;
    for (std::future<Observed>& read : reads) {
        observed.datasets.merge(read.get().datasets);
    }
    return observed;
}

Observed SyncWorker::observe() {
    const auto deadline = steady_clock::now() + settings_.read_timeout;
    std::future<Observed> others =
        std::async(std::launch::async, [this, deadline] { return observe_others(deadline); });
    Observed observed = own_getter_.read(deadline);
    observed.datasets.merge(others.get().datasets);
    return observed;
}

// The store's clock, and while the store is silent what passed since it was last asked.
sys_seconds SyncWorker::now() const {
    return store_now_ + std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() -
                                                                         store_now_read_at_);
}

SyncConfig SyncWorker::config_for(const Observed& observed) const {
    SyncConfig config{.slot = settings_.slot, .datasets = {}};
    if (own_getter_.freshness().has_value()) {
        config.generation = own_getter_.freshness()->generation;
    } else if (previous_.has_value()) {
        config.generation = previous_->generation;
    }
    for (const auto& [name, dataset] : settings_.datasets) {
        DatasetSyncConfig& entry = config.datasets.emplace(name, dataset.config).first->second;
        if (dataset.origin_configured) {
            continue;
        }
        const auto seen = observed.datasets.find(name);
        const DatasetSnapshot* before = nullptr;
        if (previous_.has_value() && previous_->generation == config.generation) {
            const auto found = previous_->datasets.find(name);
            before = found == previous_->datasets.end() ? nullptr : &found->second;
        }
        entry.origin = inferred_origin(
            seen == observed.datasets.end() ? nullptr : &seen->second, before, now());
    }
    return config;
}

// Without the datasets whose inferred origin may still move: of a dataset that was never seen it is
// only today, and the seam that stands there must not hold older data off.
std::optional<Snapshot> SyncWorker::settled_previous() const {
    std::optional<Snapshot> previous = previous_;
    if (previous.has_value()) {
        std::erase_if(previous->datasets, [this](const auto& entry) {
            const auto known = settings_.datasets.find(entry.first);
            return known != settings_.datasets.end() && !known->second.origin_configured &&
                   !entry.second.synced_through.has_value();
        });
    }
    return previous;
}

PublishedSnapshot SyncWorker::published(const SyncCycle& cycle) const {
    return {.snapshot = cycle.snapshot,
            .fence = fence_,
            .worker = settings_.worker,
            .period = settings_.period};
}

// `kept`: by the store, already.
void SyncWorker::publish(SyncCycle& cycle, bool kept) {
    const PublishedSnapshot snapshot = published(cycle);
    for (const auto& setter : setters_) {
        Result<Publication> publication = kept && setter == setters_.front()
                                              ? Result<Publication>(Publication::published)
                                              : setter->publish(snapshot, cycle.changes);
        log_publication(setter->name(), fence_, publication);
        const bool fenced = publication.has_value() && *publication == Publication::fenced;
        cycle.publications.emplace_back(setter->name(), std::move(publication));
        if (fenced && setter == setters_.front()) {
            // The store says that another worker leads: nothing more is this one's to say.
            lease_ = nullptr;
            return;
        }
    }
}

void SyncWorker::conclude(const Observed& observed, SyncCycle& cycle) {
    for (const auto& [name, dataset] : observed.datasets) {
        if (const auto* failed = std::get_if<FailedObservation>(&dataset.found)) {
            log_event(LogLevel::warning,
                      "sync.source_failed",
                      {{"dataset", name}, {"error", failed->error}});
        }
    }
    if (own_getter_.freshness().has_value()) {
        store_now_ = std::chrono::floor<std::chrono::seconds>(own_getter_.freshness()->now);
        store_now_read_at_ = steady_clock::now();
    }
    const std::optional<Snapshot> previous = settled_previous();
    cycle.snapshot = synchronise(
        observed, previous.has_value() ? &*previous : nullptr, config_for(observed), now());
    cycle.changes = changes_between(previous_.has_value() ? &*previous_ : nullptr, cycle.snapshot);
    for (const SnapshotChange& change : cycle.changes) {
        log_change(change);
    }
    fence_.generation = cycle.snapshot.generation;
    ++fence_.seq;
}

// Until the first snapshot readers compute what they show from the ledger as it is at that moment,
// and the first snapshot must not be behind any of that. False where it is not the first.
Result<bool> SyncWorker::keep_first(SyncCycle& cycle) {
    Observed others = observe_others(steady_clock::now() + settings_.read_timeout);
    return store_.save_first_snapshot([&](const Freshness& freshness) {
        Observed observed = own_getter_.observe(freshness);
        observed.datasets.merge(others.datasets);
        conclude(observed, cycle);
        return StoredSnapshot{fence_, publish_text(published(cycle))};
    });
}

Result<SyncCycle> SyncWorker::run_once() {
    SyncCycle cycle;
    TIDEMARK_ASSIGN_OR_RETURN(cycle.leading, keep_lead());
    if (!cycle.leading) {
        return cycle;
    }
    bool kept = false;
    if (!previous_.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(kept, keep_first(cycle));
    }
    if (!kept) {
        conclude(observe(), cycle);
    }
    publish(cycle, kept);
    previous_ = cycle.snapshot;
    previous_fence_ = fence_;
    return cycle;
}

void SyncWorker::watch(const std::atomic<bool>& stop) {
    while (!stop) {
        const auto started = steady_clock::now();
        const Result<SyncCycle> cycle = run_once();
        auto pause = settings_.period;
        if (!cycle.has_value()) {
            log_event(LogLevel::warning, "sync.unavailable", {{"error", cycle.error().message}});
            pause = settings_.period / 4;
        } else if (!cycle->leading) {
            pause = settings_.period / 4;
        }
        while (!stop && steady_clock::now() - started < pause) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
}

}  // namespace tidemark
