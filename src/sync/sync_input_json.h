#pragma once
// Observations as JSON: what `tidemark sync explain` reads.

#include <chrono>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "sync/observed.h"
#include "sync/snapshot.h"
#include "sync/sync_config.h"

namespace tidemark {

// Everything that synchronise() takes.
struct SyncInput {
    std::chrono::sys_seconds now{};
    SyncConfig config;
    Observed observed;
    std::optional<Snapshot> previous;
};

// {"now", "slot", "generation", "datasets": {NAME: {...}}, "observed": {NAME: {...}}, "previous"};
// docs/synchronisation.md lists the fields and their defaults. A field that is null is absent.
// Fails with invalid_input, naming the field, for unknown fields, wrong values, a slot that does
// not divide a day, and observations of datasets that are not listed.
Result<SyncInput> parse_sync_input(std::string_view text);

}  // namespace tidemark
