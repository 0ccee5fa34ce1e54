#pragma once
// Erasing a subject's events from a gauge: those that have rows, and those that are packed.

#include <string_view>

#include "base/result.h"
#include "store/gauge_erasing.h"
#include "store/postgres/connection.h"
#include "store/postgres/tables.h"

namespace tidemark::postgres {

// In the caller's transaction, in which nobody else stores or voids. Records for each batch what
// went. Packed events are read through, a few batches at a time.
Result<ErasedEvents> erase_events(Connection& connection,
                                  const DatasetTables& tables,
                                  std::string_view subject);

}  // namespace tidemark::postgres
