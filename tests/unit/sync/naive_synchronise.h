#pragma once
// The definitions of synchronisation once more, slot by slot and day by day, as slowly as they
// read: what the fast one is compared with. Shares no code with it but the types of input and
// output.

#include <chrono>

#include "sync/observed.h"
#include "sync/snapshot.h"
#include "sync/sync_config.h"

namespace tidemark::test {

inline constexpr int naive_days = 16;

// Fills what the definitions name; due_at, waiting_for, the raw latest times and the error's words
// stay empty. No list may reach further than naive_days from the origin.
Snapshot naive_synchronise(const Observed& observed,
                           const Snapshot* previous,
                           const SyncConfig& config,
                           std::chrono::sys_seconds now);

}  // namespace tidemark::test
