#pragma once
// Storing and correcting batches in memory. The caller holds the database's mutex, so that each
// call is one step for everybody else: it looks whether all of it can be done before it does any.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/correction.h"
#include "store/memory/memory_database.h"
#include "store/store.h"

namespace tidemark::memory {

Result<StoredBatch> store_batch(MemoryDatabase& database,
                                Timestamp now,
                                const Batch& batch,
                                RowSource& rows);

Result<StoredBatch> void_batch(MemoryDatabase& database,
                               Timestamp now,
                               const BatchName& voided,
                               std::string_view key,
                               const CorrectionNote& note);

Result<StoredReplacement> replace_batch(MemoryDatabase& database,
                                        Timestamp now,
                                        std::int64_t batch_seq,
                                        const Batch& batch,
                                        RowSource& rows,
                                        const CorrectionNote& note);

Result<StoredBatch> replay_batch(MemoryDatabase& database,
                                 Timestamp now,
                                 std::int64_t batch_seq,
                                 const Batch& batch,
                                 RowSource& rows,
                                 const CorrectionNote& note);

}  // namespace tidemark::memory
