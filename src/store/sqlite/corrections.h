#pragma once
// CorrectionStore on SQLite. Each correction is one write transaction.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/correction.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace tidemark::sqlite {

Result<StoredBatch> void_batch(Connection& connection,
                               const Clock& clock,
                               const BatchName& voided,
                               std::string_view key,
                               const CorrectionNote& note);

Result<StoredReplacement> replace_batch(Connection& connection,
                                        const Clock& clock,
                                        std::int64_t batch_seq,
                                        const Batch& batch,
                                        RowSource& rows,
                                        const CorrectionNote& note);

Result<StoredBatch> replay_batch(Connection& connection,
                                 const Clock& clock,
                                 std::int64_t batch_seq,
                                 const Batch& batch,
                                 RowSource& rows,
                                 const CorrectionNote& note);

Result<std::vector<Correction>> load_corrections(Connection& connection,
                                                 std::string_view dataset,
                                                 std::int64_t from,
                                                 std::int64_t to);

}  // namespace tidemark::sqlite
