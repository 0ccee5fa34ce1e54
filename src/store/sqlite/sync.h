#pragma once
// Synchronisation's part of the SQLite store (store/sync_store.h).

#include "store/sqlite/connection.h"
#include "store/sync_store.h"

namespace tidemark::sqlite {

Result<Freshness> read_freshness(Connection& connection, const Clock& clock);

// The lease is a row with the instant until which it holds. `connection` and `clock` must outlive
// it.
Result<std::unique_ptr<SyncLease>> try_lead(Connection& connection,
                                            const Clock& clock,
                                            std::string_view worker,
                                            std::chrono::milliseconds ttl);
Result<bool> save_snapshot(Connection& connection,
                           const SyncFence& fence,
                           std::string_view content);
Result<bool> save_first_snapshot(Connection& connection,
                                 const Clock& clock,
                                 const SnapshotMaker& make);
Result<std::optional<StoredSnapshot>> load_snapshot(Connection& connection);
Result<std::int64_t> raise_generation(Connection& connection, std::int64_t at_least);
Result<void> acknowledge_hole(Connection& connection,
                              Timestamp now,
                              std::string_view dataset,
                              SlotRange range,
                              std::string_view reason);

}  // namespace tidemark::sqlite
