#pragma once
// CorrectionStore on PostgreSQL: the correction is written in the storing transaction.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/correction.h"
#include "store/postgres/session.h"
#include "store/store.h"

namespace tidemark::postgres {

Result<StoredBatch> void_batch(Session& session,
                               const DatasetTables& tables,
                               std::int64_t batch_seq,
                               std::string_view key,
                               const CorrectionNote& note);

Result<StoredReplacement> replace_batch(Session& session,
                                        const DatasetTables& tables,
                                        std::int64_t batch_seq,
                                        const Batch& batch,
                                        RowSource& rows,
                                        const CorrectionNote& note);

Result<StoredBatch> replay_batch(Session& session,
                                 const DatasetTables& tables,
                                 std::int64_t batch_seq,
                                 const Batch& batch,
                                 RowSource& rows,
                                 const CorrectionNote& note);

Result<std::vector<Correction>> load_corrections(Connection& connection,
                                                 std::string_view dataset,
                                                 std::int64_t from,
                                                 std::int64_t to);

}  // namespace tidemark::postgres
