#pragma once
// Taking a batch back: a new batch with its rows negated, made on the server.

#include "domain/batch.h"
#include "store/erasure_store.h"
#include "store/postgres/storing.h"
#include "store/postgres/tables.h"

namespace tidemark::postgres {

// The batch `identity` that takes `voided` back, to be stored by store_together(). Borrows both.
// Its writing fails with refused when the usage of a subject on a day would be below zero.
// `erased` is what is not there to be taken back.
KeyedBatch voiding_batch(const DatasetTables& tables,
                         const BatchReceipt& voided,
                         const ErasedRows& erased,
                         const BatchIdentity& identity);

}  // namespace tidemark::postgres
