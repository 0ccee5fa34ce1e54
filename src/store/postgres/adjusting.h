#pragma once
// Rows of frozen days that are booked where they arrive, by the server's clock.
//
// Few batches have any, so nobody looks for them: a batch is stored as it came, and only when it is
// refused does the call look which of its days are to be adjusted, and stores it anew as it is to
// be booked then. The storing transaction holds those days as they are (seals.h), so that the
// policy which moved the rows is the one that stands at the commit.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/adjustment.h"
#include "domain/usage_rows.h"
#include "store/adjustment_store.h"
#include "store/ledger_check.h"
#include "store/postgres/storing.h"

namespace tidemark::postgres {

// Stores a batch that is given, perhaps with others; what it is given lives until it returns.
using StoreGiven = std::function<Result<std::vector<StoredBatch>>(KeyedBatch given)>;

// Has the batch stored with its rows booked where they count.
Result<std::vector<StoredBatch>> store_booked(Session& session,
                                              const DatasetTables& tables,
                                              const Batch& batch,
                                              RowSource& rows,
                                              const StoreGiven& store);

// What is to be taken back of a batch's links: those of subjects that are not erased.
Result<std::optional<AdjustedRows>> find_adjusted_to_void(Connection& connection,
                                                          const BatchReceipt& voided);

// Writes it, negated, for the batch that takes it back. Inside the storing transaction.
Result<void> negate_adjustments(Connection& connection,
                                const BatchReceipt& voided,
                                std::int64_t voiding_seq);

// The links of a subject become nobody's. Inside the erasing transaction.
Result<void> erase_adjustments(Connection& connection,
                               std::string_view dataset,
                               std::string_view subject);

// AdjustmentStore::adjustments().
Result<std::vector<Adjustment>> load_adjustments(Connection& connection,
                                                 const AdjustmentQuery& query);

// Notes what the links say in the facts, and gives the sink where the rows do not agree. Inside the
// verifying transaction.
Result<void> check_adjustments(Connection& connection,
                               const DatasetTables& tables,
                               const VerifyScope& scope,
                               const DifferenceSink& differs,
                               LedgerFacts& facts);

}  // namespace tidemark::postgres
