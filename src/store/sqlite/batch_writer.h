#pragma once
// Storing batches.

#include "base/clock.h"
#include "base/result.h"
#include "domain/usage_rows.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/dataset_tables.h"
#include "store/store.h"

namespace tidemark::sqlite {

// Store::store_batch(). Number, rows, days and receipt are one write transaction. SQLite has one
// writer at a time, so a batch that has a number is committed or nobody ever sees the number: there
// is no batch "being written" that a fold would have to wait for, and so no lease to expire.
Result<StoredBatch> store_batch(Connection& connection,
                                const Clock& clock,
                                const Batch& batch,
                                RowSource& rows);

// The same inside the caller's write transaction, of a batch whose key is free.
Result<BatchReceipt> insert_batch(Connection& connection,
                                  const Clock& clock,
                                  const DatasetRow& row,
                                  const Batch& batch,
                                  RowSource& rows);

}  // namespace tidemark::sqlite
