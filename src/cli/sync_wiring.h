#pragma once
// Puts the parts of synchronisation together as the configuration says: the only place that names
// Redis and foreign tables.

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/configuration.h"
#include "store/store.h"
#include "sync/snapshot_reader.h"
#include "worker/sync.h"

namespace tidemark {

// "HOST:PID", and which process it is.
std::string worker_name();

// A worker on the store, which it borrows. Fails with invalid_input.
Result<std::unique_ptr<SyncWorker>> make_sync_worker(Store& store,
                                                     const SyncConfiguration& sync,
                                                     std::chrono::milliseconds period,
                                                     std::chrono::milliseconds lease);

// Redis, where one is configured; else null. Fails with invalid_input.
Result<std::unique_ptr<MetadataSetter>> make_redis(const SyncConfiguration& sync);

// What a reader needs, kept together: Redis first, where one is configured, then the store, then
// its ledger. Borrows the store, configuration and clock. `store` is null where it cannot be
// opened: then what Redis has is all there is.
class ProgressReading {
 public:
    static Result<std::unique_ptr<ProgressReading>> make(Store* store,
                                                         const SyncConfiguration& sync,
                                                         const Clock& clock);

    KnownProgress read() { return reader_->read(); }

 private:
    ProgressReading(Store* store, const SyncConfiguration& sync, const Clock& clock);
    Result<Snapshot> compute();

    Store* store_;
    const SyncConfiguration& sync_;
    const Clock& clock_;
    std::unique_ptr<MetadataSetter> redis_;
    std::unique_ptr<MetadataSetter> kept_;
    std::unique_ptr<SnapshotReader> reader_;
};

}  // namespace tidemark
