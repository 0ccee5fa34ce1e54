#pragma once
// Taking a chunk of events back, or letting it count again.

#include "base/result.h"
#include "store/postgres/session.h"
#include "store/postgres/storing.h"
#include "store/postgres/tables.h"
#include "store/store.h"

namespace tidemark::postgres {

// Store::void_batch() of a gauge: registers the batch that `entry` describes, and the rows that the
// events of `voided` touched follow from the events of the batches that stand then. One
// transaction, under the lock that storing takes too.
Result<StoredBatch> void_events(Session& session,
                                const DatasetTables& tables,
                                const BatchReceipt& voided,
                                const BatchEntry& entry,
                                const WriteMore& write_more);

}  // namespace tidemark::postgres
