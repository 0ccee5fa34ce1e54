#pragma once
// What the observation of one counter dataset amounts to.

#include <chrono>

#include "sync/observed.h"
#include "sync/snapshot.h"
#include "sync/sync_config.h"

namespace tidemark {

// The figures as of `now`, which never steps back; judged by nothing but the observation itself.
// Linear in the spans of coverage once they are in order; days within the sealed prefix cost
// nothing each, since they are one span.
DatasetSnapshot judge_counter(const CounterObservation& observation,
                              const DatasetSyncConfig& config,
                              std::chrono::seconds slot,
                              std::chrono::sys_seconds now);

}  // namespace tidemark
