#pragma once
// Purging the batch rows of a day.

#include <string_view>

#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace tidemark::sqlite {

// Store::purge_day(). Marks the day in one transaction, from which on nobody reads or adds rows of
// it, and then sweeps the rows, one batch a transaction, so that no writer waits long. What a
// killed purge left is swept by the next purge of any day.
Result<bool> purge_day(Connection& connection, std::string_view dataset, UtcDay day);

}  // namespace tidemark::sqlite
