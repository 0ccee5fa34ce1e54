#pragma once
// Synchronisation's part of the PostgreSQL store (store/sync_store.h).

#include "store/postgres/session.h"
#include "store/sync_store.h"

namespace tidemark::postgres {

Result<Freshness> read_freshness(Connection& connection);
Result<std::unique_ptr<SyncLease>> try_lead(const Session& session,
                                            std::string_view worker,
                                            std::chrono::milliseconds ttl);
Result<bool> save_snapshot(Connection& connection,
                           const SyncFence& fence,
                           std::string_view content);
Result<bool> save_first_snapshot(Connection& connection, const SnapshotMaker& make);
Result<std::optional<StoredSnapshot>> load_snapshot(Connection& connection);
Result<std::int64_t> raise_generation(Connection& connection, std::int64_t at_least);
Result<void> acknowledge_hole(Connection& connection,
                              std::string_view dataset,
                              SlotRange range,
                              std::string_view reason);

}  // namespace tidemark::postgres
