#pragma once
// What being overdue is called.

#include <chrono>

#include "sync/snapshot.h"
#include "sync/sync_config.h"

namespace tidemark {

// Stale, late or ok. Negative: not due yet.
inline SyncStatus status_of_overdue(std::chrono::seconds overdue, const DatasetSyncConfig& config) {
    if (overdue >= config.error_after) {
        return SyncStatus::stale;
    }
    return overdue >= config.warn_after ? SyncStatus::late : SyncStatus::ok;
}

}  // namespace tidemark
