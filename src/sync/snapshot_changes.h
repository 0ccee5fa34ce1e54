#pragma once
// What moved between two snapshots, and why: for the log and for those who follow it.

#include <string>
#include <vector>

#include "sync/snapshot.h"

namespace tidemark {

struct SnapshotChange {
    std::string dataset;  // "" for all of them together
    std::string what;     // "seam", "synced_through", "status"
    std::string from;     // an instant, a status, or "unknown"
    std::string to;
    std::string reason;

    bool operator==(const SnapshotChange&) const = default;
};

// By dataset, the overall ones last. Without a previous snapshot everything is a change from
// "unknown".
std::vector<SnapshotChange> changes_between(const Snapshot* previous, const Snapshot& next);

}  // namespace tidemark
