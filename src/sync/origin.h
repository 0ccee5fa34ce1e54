#pragma once
// Where a dataset begins when nobody configured it.

#include <chrono>

#include "sync/observed.h"
#include "sync/snapshot.h"
#include "sync/sync_config.h"

namespace tidemark {

// The previous snapshot's origin, once anything was ever seen of the dataset, so that it does not
// move when older data is added later; else the first day of anything observed; else today.
UtcDay inferred_origin(const DatasetObservation* observation,
                       const DatasetSnapshot* previous,
                       std::chrono::sys_seconds now);

}  // namespace tidemark
