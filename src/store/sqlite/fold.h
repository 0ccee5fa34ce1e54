#pragma once
// Folding batches into daily rows.

#include <string_view>

#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace tidemark::sqlite {

// Store::fold(). One write transaction. Day by day, the batches' rows are merged in subject order
// (each is stored in that order, so nothing is sorted) and each subject's sum is added to its daily
// row. Sums have 128 bits; what does not fit a daily value is refused. A whole fold checks every
// batch's rows against its receipt.
Result<FoldOutcome> fold(Connection& connection, std::string_view dataset, const FoldScope& scope);

}  // namespace tidemark::sqlite
