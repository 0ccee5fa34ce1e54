#pragma once
// Taking a batch back: a new batch with its rows negated, made on the server.

#include <cstdint>

#include "base/result.h"
#include "domain/batch.h"
#include "store/postgres/storing.h"
#include "store/postgres/tables.h"

namespace tidemark::postgres {

// The batch `identity` that takes `voided` back, to be stored by store_together(). Borrows both.
KeyedBatch voiding_batch(const DatasetTables& tables,
                         const BatchReceipt& voided,
                         const BatchIdentity& identity);

// Inside the storing transaction, once the negated rows are there: refused when the usage of a
// subject of theirs on a day would be below zero.
Result<void> check_not_below_zero(Connection& connection,
                                  const DatasetTables& tables,
                                  const BatchReceipt& voided);

}  // namespace tidemark::postgres
