#pragma once
// Taking a batch back: a new batch with its rows negated.

#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "domain/batch.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/dataset_tables.h"

namespace tidemark::sqlite {

// Inside the caller's write transaction; `identity` is of the batch that takes `voided` back, and
// its key is free. Fails with refused when the batch was voided before, rows of it were purged, or
// the usage of a subject on a day would be below zero.
Result<BatchReceipt> insert_void(Connection& connection,
                                 const Clock& clock,
                                 const DatasetRow& row,
                                 const BatchReceipt& voided,
                                 const BatchIdentity& identity);

}  // namespace tidemark::sqlite
