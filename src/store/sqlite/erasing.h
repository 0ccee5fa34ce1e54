#pragma once
// ErasureStore on SQLite: an erasure is one write transaction. A batch table has no index by
// subject, so it is read through once.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/erasure_store.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/dataset_tables.h"

namespace tidemark::sqlite {

Result<Erasure> erase_subject(Connection& connection,
                              Timestamp now,
                              std::string_view dataset,
                              std::string_view subject,
                              const CorrectionNote& note);

Result<std::vector<Erasure>> load_erasures(Connection& connection, std::string_view dataset);

// Zeros where nothing was erased.
Result<ErasedRows> load_erased_rows(Connection& connection,
                                    const DatasetRow& row,
                                    std::int64_t batch_seq);

}  // namespace tidemark::sqlite
