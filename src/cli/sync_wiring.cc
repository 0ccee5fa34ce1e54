#include "cli/sync_wiring.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "sync/origin.h"
#include "sync/postgres_tables/postgres_tables_getter.h"
#include "sync/redis/redis_setter.h"
#include "sync/synchronise.h"

namespace tidemark {

namespace {

std::map<std::string, StoreDataset> own_datasets(const SyncConfiguration& sync) {
    std::map<std::string, StoreDataset> own;
    for (const auto& [name, dataset] : sync.datasets) {
        if (!sync.is_foreign(name)) {
            own[name] = {.kind = dataset.synced.config.kind,
                         .feeds = dataset.feeds,
                         .feeds_are_all = dataset.feeds_are_all};
        }
    }
    return own;
}

// A getter for each server, so that a slow one holds nobody else.
std::vector<std::unique_ptr<MetadataGetter>> foreign_getters(const SyncConfiguration& sync) {
    std::map<std::string, std::vector<TableSource>> by_url;
    for (const auto& [name, source] : sync.sources) {
        by_url[source.url].push_back(source);
    }
    std::map<std::string, UtcDay> origins;
    for (const auto& [name, dataset] : sync.datasets) {
        if (dataset.synced.origin_configured) {
            origins.emplace(name, dataset.synced.config.origin);
        }
    }
    std::vector<std::unique_ptr<MetadataGetter>> getters;
    for (auto& [url, sources] : by_url) {
        getters.push_back(std::make_unique<PostgresTablesGetter>(
            std::move(sources), origins, SyncSettings().slot));
    }
    return getters;
}

}  // namespace

std::string worker_name() {
    std::array<char, 256> host{};
    if (gethostname(host.data(), host.size() - 1) != 0) {
        return fmt::format("unknown:{}", getpid());
    }
    return fmt::format("{}:{}", host.data(), getpid());
}

Result<std::unique_ptr<MetadataSetter>> make_redis(const SyncConfiguration& sync) {
    if (sync.redis_url.empty()) {
        return std::unique_ptr<MetadataSetter>();
    }
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<RedisSetter> redis,
                              RedisSetter::make({.url = sync.redis_url,
                                                 .prefix = sync.redis_prefix,
                                                 .connection = {.ca_file = sync.redis_ca_file}}));
    return std::unique_ptr<MetadataSetter>(std::move(redis));
}

Result<std::unique_ptr<SyncWorker>> make_sync_worker(Store& store,
                                                     const SyncConfiguration& sync,
                                                     std::chrono::milliseconds period,
                                                     std::chrono::milliseconds lease) {
    SyncSettings settings{
        .worker = worker_name(), .period = period, .lease = lease, .datasets = {}};
    if (period.count() > 0) {
        // A source that is slower than that would hold every cycle up.
        settings.read_timeout =
            std::clamp(period, std::chrono::milliseconds(1'000), settings.read_timeout);
    }
    for (const auto& [name, dataset] : sync.datasets) {
        settings.datasets.emplace(name, dataset.synced);
    }
    std::vector<std::unique_ptr<MetadataSetter>> setters;
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<MetadataSetter> redis, make_redis(sync));
    if (redis != nullptr) {
        setters.push_back(std::move(redis));
    }
    return std::make_unique<SyncWorker>(
        store, std::move(settings), own_datasets(sync), foreign_getters(sync), std::move(setters));
}

ProgressReading::ProgressReading(Store* store, const SyncConfiguration& sync, const Clock& clock)
    : store_(store),
      sync_(sync),
      clock_(clock),
      kept_(store == nullptr ? nullptr : std::make_unique<StoreSetter>(*store)) {}

Result<std::unique_ptr<ProgressReading>> ProgressReading::make(Store* store,
                                                               const SyncConfiguration& sync,
                                                               const Clock& clock) {
    std::unique_ptr<ProgressReading> reading(new ProgressReading(store, sync, clock));
    TIDEMARK_ASSIGN_OR_RETURN(reading->redis_, make_redis(sync));
    ProgressReading* self = reading.get();
    reading->reader_ = std::make_unique<SnapshotReader>(
        std::vector<MetadataSetter*>{reading->redis_.get(), reading->kept_.get()},
        [self] { return self->compute(); },
        [self] { return std::chrono::floor<std::chrono::seconds>(self->clock_.now()); });
    return reading;
}

// From the store's ledger alone: datasets of foreign tables are not in it, and so not known.
Result<Snapshot> ProgressReading::compute() {
    if (store_ == nullptr) {
        return Error{ErrorKind::unavailable, "the store cannot be opened"};
    }
    StoreGetter getter(*store_, own_datasets(sync_));
    const Observed observed = getter.read(std::chrono::steady_clock::now());
    if (!getter.freshness().has_value()) {
        return Error{ErrorKind::unavailable, "the ledger cannot be read"};
    }
    const auto now = std::chrono::floor<std::chrono::seconds>(getter.freshness()->now);
    SyncConfig config{.generation = getter.freshness()->generation, .datasets = {}};
    for (const auto& [name, dataset] : sync_.datasets) {
        DatasetSyncConfig& entry =
            config.datasets.emplace(name, dataset.synced.config).first->second;
        if (!dataset.synced.origin_configured) {
            const auto seen = observed.datasets.find(name);
            entry.origin = inferred_origin(
                seen == observed.datasets.end() ? nullptr : &seen->second, nullptr, now);
        }
    }
    return synchronise(observed, nullptr, config, now);
}

}  // namespace tidemark
