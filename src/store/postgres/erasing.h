#pragma once
// ErasureStore on PostgreSQL.
//
// An erasure takes the cursor's lock, so that no fold or purge runs, and locks the batch table
// against writers, voids among them: a void that has copied rows which are then erased would leave
// their negation. Of a gauge, which has no fold, it takes the lock on numbers instead, as whoever
// stores, voids or purges does. Readers go on, and see the subject before or after.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/erasure_store.h"
#include "store/postgres/session.h"

namespace tidemark::postgres {

Result<Erasure> erase_subject(Session& session,
                              const DatasetTables& tables,
                              std::string_view subject,
                              const CorrectionNote& note);

Result<std::vector<Erasure>> load_erasures(Connection& connection, std::string_view dataset);

// Zeros where nothing was erased.
Result<ErasedRows> load_erased_rows(Connection& connection,
                                    const Dataset& dataset,
                                    std::int64_t batch_seq);

}  // namespace tidemark::postgres
