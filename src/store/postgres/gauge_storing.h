#pragma once
// Storing the events of gauges: one transaction a chunk.
//
//   register   the dataset's next number and the batch's registry row. The counter's row lock is
//              held until the commit, so chunks of a dataset go one after the other: what is read
//              next cannot change, no two of them deadlock, and no void comes in between
//   compare    which events are known already, which rows would not change. What the session
//              stored itself lately, and nobody took back since, it knows: a poll that says the
//              same again asks nothing. Of the others a few rows are asked for first: in a stream
//              where everything is new the whole question would cost half as much as its answer
//              saves
//   write      new events appended, known ones packed, changed rows by one set-based upsert
//
// What was not compared is written as if it were new. That is no less exact: an event that is
// there twice is still one event, and a row is a maximum.
//
// There is no lease, as there is no fold that would have to wait for a number.

#include <span>

#include "base/result.h"
#include "store/postgres/session.h"
#include "store/postgres/storing.h"
#include "store/postgres/tables.h"
#include "store/store.h"

namespace tidemark::postgres {

// GaugeStore::store_events().
Result<StoredBatch> store_events(Session& session,
                                 const DatasetTables& tables,
                                 const Batch& batch,
                                 std::span<const GaugeEvent> events);

// What stands under the key of a batch that could not be registered, because of it or for the
// reason given: its receipt, refused, or that reason. Outside any transaction.
Result<StoredBatch> answer_unregistered(Connection& connection,
                                        const BatchReceipt& receipt,
                                        const Error& reason);

}  // namespace tidemark::postgres
