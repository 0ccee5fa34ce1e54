#pragma once
// Reading usage.

#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace tidemark::sqlite {

// Store::read_usage(). Daily rows and unfolded batch rows are read by several statements in one
// read transaction, which in WAL mode is a snapshot: all of them see the same moment, so it does
// not matter what is committed or folded meanwhile.
Result<UsageAnswer> read_usage(Connection& connection, const UsageQuery& query);

}  // namespace tidemark::sqlite
