#pragma once
// Erasing a subject's events from a gauge: those that have rows, and those that are packed.

#include <string_view>

#include "base/result.h"
#include "store/gauge_erasing.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/dataset_tables.h"

namespace tidemark::sqlite {

// Inside a write transaction. Both tables are read through once.
Result<ErasedEvents> erase_events(Connection& connection,
                                  const DatasetRow& row,
                                  std::string_view subject);

}  // namespace tidemark::sqlite
