#pragma once
// PublishedSnapshot: a snapshot with what a reader needs to believe it: its place in the order of
// all that were published, who did, how often, and a checksum.

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/sync_store.h"
#include "sync/snapshot.h"

namespace tidemark {

struct PublishedSnapshot {
    Snapshot snapshot;
    SyncFence fence;
    std::string worker;
    std::chrono::milliseconds period{0};  // how often a snapshot is published; 0: once

    bool operator==(const PublishedSnapshot&) const = default;
};

// A JSON object of one line: {"schema":1,"checksum":"HEX","body":{"generation","epoch","seq",
// "worker","period_ms","snapshot"}}. The checksum is the XXH3-128 of the body as it stands there,
// from its first brace to its last.
std::string publish_text(const PublishedSnapshot& published);

// Fails with corrupt for what was cut, altered, or written in a schema that this version does not
// know.
Result<PublishedSnapshot> parse_published(std::string_view text);

}  // namespace tidemark
