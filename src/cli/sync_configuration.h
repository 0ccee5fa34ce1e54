#pragma once
// [sync], [sync.NAME] and [source.NAME]: how far the datasets are complete, and where that is
// published.

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <toml++/toml.h>

#include "base/result.h"
#include "domain/dataset.h"
#include "sync/postgres_tables/table_source.h"
#include "worker/sync.h"

namespace tidemark {

struct SyncDatasetConfiguration {
    SyncedDataset synced;
    // Which must cover a slot: those configured for the dataset and all that ever covered one; or,
    // said explicitly, just these.
    std::vector<std::string> feeds;
    bool feeds_are_all = false;
};

struct SyncConfiguration {
    std::chrono::seconds every{30};
    std::string redis_url;  // empty: the store alone keeps the snapshot
    std::string redis_prefix = "usage:{sync}";
    std::string redis_ca_file;
    std::map<std::string, SyncDatasetConfiguration>
        datasets;  // declared ones, and those of sources
    std::map<std::string, TableSource> sources;

    // Whether tables of somebody else's, not the store, say how far the dataset came.
    [[nodiscard]] bool is_foreign(const std::string& dataset) const;
};

// Reads the tables under `root`'s keys `sync` and `source`, either of which may be null. Every
// declared dataset is in the result; `media_storage`, which is complete only by day, is not
// required unless it says so.
Result<SyncConfiguration> read_sync_configuration(
    const toml::table* sync,
    const toml::table* sources,
    const std::string& file,
    const std::vector<Dataset>& datasets,
    const std::map<std::string, std::vector<std::string>>& feeds_by_dataset);

// What to_toml() prints for it.
toml::table sync_table(const SyncConfiguration& sync);
toml::table source_table(const SyncConfiguration& sync);

}  // namespace tidemark
