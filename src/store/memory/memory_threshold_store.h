#pragma once
// The threshold store of a database in memory.

#include <memory>

#include "base/clock.h"
#include "store/memory/memory_store.h"
#include "store/threshold_store.h"

namespace tidemark {

// `clock` must outlive the store.
std::unique_ptr<ThresholdStore> open_memory_threshold_store(
    std::shared_ptr<MemoryDatabase> database, const Clock& clock);

}  // namespace tidemark
