#pragma once
// SnapshotReader: what readers know of how far the data is complete, and how well they know it.

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "sync/metadata_setter.h"

namespace tidemark {

// What a reader goes by. Without a snapshot nothing is known, and nothing may be assumed.
struct KnownProgress {
    std::optional<Snapshot> snapshot{};
    SyncFence fence{};
    std::string origin = "none";  // "redis HOST:PORT", "store", "ledger" (computed now) or "none"
    bool stale = false;           // the worker gives no sign of life: the figures may be behind
    std::optional<std::chrono::seconds> age{};  // since the snapshot was made
    std::string warning{};                      // why a better place did not answer
};

// One thread at a time. Reads the first place that has a snapshot: usually Redis, in one round
// trip; else the store's; else it is computed from the store's ledger, which counts if nothing is
// published after that either (SyncStore::save_first_snapshot). For a period after a read it
// answers from memory. An answer older than one it gave before, by (generation, epoch, seq), is
// not believed: a replica may be behind.
class SnapshotReader {
 public:
    using Clock = std::function<std::chrono::sys_seconds()>;
    using Ledger = std::function<Result<Snapshot>()>;

    // Borrows the places, in order of preference; those that are null are passed over.
    SnapshotReader(std::vector<MetadataSetter*> places, Ledger ledger, Clock clock)
        : places_(std::move(places)), ledger_(std::move(ledger)), clock_(std::move(clock)) {}

    KnownProgress read();

 private:
    std::optional<KnownProgress> read_places(std::string& warning);
    std::optional<KnownProgress> load_places(std::string& warning);

    std::vector<MetadataSetter*> places_;
    Ledger ledger_;
    Clock clock_;
    std::optional<KnownProgress> cached_;
    std::chrono::milliseconds period_{0};
    std::chrono::steady_clock::time_point cached_until_{};
};

}  // namespace tidemark
