#pragma once
// What the observation of one gauge dataset amounts to.

#include <chrono>

#include "sync/observed.h"
#include "sync/snapshot.h"
#include "sync/sync_config.h"

namespace tidemark {

// The figures as of `now`, which never steps back. A gauge's day is complete once it was observed
// at all and a run committed after the day had settled.
DatasetSnapshot judge_gauge(const GaugeObservation& observation,
                            const DatasetSyncConfig& config,
                            std::chrono::seconds slot,
                            std::chrono::sys_seconds now);

}  // namespace tidemark
