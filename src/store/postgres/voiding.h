#pragma once
// Taking a batch back: a new batch with its rows negated, made on the server.

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "store/postgres/session.h"
#include "store/store.h"

namespace tidemark::postgres {

// Store::void_batch.
Result<StoredBatch> void_batch(Session& session,
                               const DatasetTables& tables,
                               std::int64_t batch_seq,
                               std::string_view key);

}  // namespace tidemark::postgres
