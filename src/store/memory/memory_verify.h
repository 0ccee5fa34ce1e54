#pragma once
// Proving a dataset right; see VerifyStore. The caller holds the database's mutex.

#include "store/memory/memory_database.h"
#include "store/verify_store.h"

namespace tidemark::memory {

VerifySummary verify(const MemoryDatabase& database,
                     const MemoryDataset& known,
                     const VerifyScope& scope,
                     const DifferenceSink& differs);

}  // namespace tidemark::memory
