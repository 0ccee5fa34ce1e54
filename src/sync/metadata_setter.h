#pragma once
// MetadataSetter: where snapshots are published.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/sync_store.h"
#include "sync/published_snapshot.h"
#include "sync/snapshot_changes.h"

namespace tidemark {

enum class Publication {
    published,
    repeated,        // it was published before: nothing changed
    stale,           // a later one of the same worker is published
    fenced,          // another worker has taken the lead
    old_generation,  // another generation is published
};

std::string_view to_string(Publication publication);

struct LoadedSnapshot {
    PublishedSnapshot published;
    // Whether its publisher gives signs of life; nothing where only the snapshot's age tells.
    std::optional<bool> alive{};
};

// One thread at a time.
class MetadataSetter {
 public:
    MetadataSetter() = default;
    MetadataSetter(const MetadataSetter&) = delete;
    MetadataSetter& operator=(const MetadataSetter&) = delete;
    virtual ~MetadataSetter() = default;

    // For people: "redis localhost:6379".
    [[nodiscard]] virtual std::string name() const = 0;

    // Publishes all of it or nothing; what is published never gets older by (generation, epoch,
    // seq). Fails with unavailable: the next snapshot is published in full again.
    virtual Result<Publication> publish(const PublishedSnapshot& snapshot,
                                        std::span<const SnapshotChange> changes) = 0;

    // What is published; nothing where there is none. Fails with unavailable, and with corrupt for
    // what cannot be believed.
    virtual Result<std::optional<LoadedSnapshot>> load() = 0;
};

}  // namespace tidemark
