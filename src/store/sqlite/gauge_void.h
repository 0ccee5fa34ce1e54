#pragma once
// Making a gauge's rows anew when one of its batches is taken back, or counts again.

#include "base/result.h"
#include "domain/batch.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/dataset_tables.h"

namespace tidemark::sqlite {

// Inside the transaction that has registered the batch that voids `voided`: the rows that its
// events touched follow from the events of the batches that stand now. Their days are not purged.
Result<void> recount_voided(Connection& connection,
                            const DatasetRow& row,
                            const BatchReceipt& voided);

}  // namespace tidemark::sqlite
