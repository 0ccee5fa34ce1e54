#pragma once
// The own store as a source of observations and as a place of publication.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/sync_store.h"
#include "sync/metadata_getter.h"
#include "sync/metadata_setter.h"

namespace tidemark {

// Which datasets of the store are observed.
struct StoreDataset {
    DatasetKind kind = DatasetKind::counter;
    // Which feeds must cover a slot: these and, unless they are `all`, every one that ever covered
    // one.
    std::vector<std::string> feeds{};
    bool feeds_are_all = false;
};

// Observes by what the store's ledger declares, all datasets in one snapshot of the database.
// Borrows the store.
class StoreGetter final : public MetadataGetter {
 public:
    StoreGetter(SyncStore& store, std::map<std::string, StoreDataset> datasets)
        : store_(store), datasets_(std::move(datasets)) {}

    Observed read(std::chrono::steady_clock::time_point deadline) override;

    // The same of what was read elsewhere.
    Observed observe(Result<Freshness> freshness);

    // What was found last, with the store's clock and generation; nothing where it failed.
    [[nodiscard]] const std::optional<Freshness>& freshness() const { return freshness_; }

 private:
    SyncStore& store_;
    std::map<std::string, StoreDataset> datasets_;
    std::optional<Freshness> freshness_;
};

// Keeps the snapshot in the store. Borrows it.
class StoreSetter final : public MetadataSetter {
 public:
    explicit StoreSetter(SyncStore& store) : store_(store) {}

    [[nodiscard]] std::string name() const override { return "store"; }
    Result<Publication> publish(const PublishedSnapshot& snapshot,
                                std::span<const SnapshotChange> changes) override;
    Result<std::optional<LoadedSnapshot>> load() override;

 private:
    SyncStore& store_;
};

}  // namespace tidemark
