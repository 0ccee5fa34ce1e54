#pragma once
// The reference store: obvious and slow, for tests. Nothing survives the process.

#include <memory>

#include "base/clock.h"
#include "store/store.h"

namespace tidemark {

// What several stores opened on it share, as stores opened on one URL do. Safe from any thread.
class MemoryDatabase;
std::shared_ptr<MemoryDatabase> make_memory_database();

// `clock` must outlive the store.
std::unique_ptr<Store> open_memory_store(std::shared_ptr<MemoryDatabase> database,
                                         const Clock& clock);

}  // namespace tidemark
