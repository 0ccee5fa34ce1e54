#pragma once
// Taking a batch back: a new batch with its rows negated, made on the server.

#include <optional>
#include <vector>

#include "domain/batch.h"
#include "store/erasure_store.h"
#include "store/postgres/storing.h"
#include "store/postgres/tables.h"

namespace tidemark::postgres {

// What is left of a batch to be taken back.
struct RetainedRows {
    ErasedRows erased;                       // without this
    std::vector<UtcDay> days;                // that still have rows
    std::optional<AdjustedRows> adjusted{};  // as it is taken back
};
Result<RetainedRows> find_retained(Connection& connection,
                                   const DatasetTables& tables,
                                   const BatchReceipt& voided);

// The batch `identity` that takes `voided` back, to be stored by store_together(). Borrows both.
// Its writing fails with refused when the usage of a subject on a day would be below zero.
KeyedBatch voiding_batch(const DatasetTables& tables,
                         const BatchReceipt& voided,
                         const RetainedRows& retained,
                         const BatchIdentity& identity);

}  // namespace tidemark::postgres
