#pragma once
// ErasureStore in memory. The caller holds the database's mutex.

#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "store/erasure_store.h"
#include "store/memory/memory_database.h"

namespace tidemark::memory {

Result<Erasure> erase_subject(MemoryDatabase& database,
                              Timestamp now,
                              std::string_view dataset,
                              std::string_view subject,
                              const CorrectionNote& note);

// All that was erased of a batch.
ErasedRows erased_rows(const MemoryBatch& batch);

}  // namespace tidemark::memory
