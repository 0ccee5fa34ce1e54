#pragma once
// Rows of frozen days that are booked where they arrive: their links in the file. All of it inside
// a transaction of the caller's.

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/adjustment.h"
#include "store/adjustment_store.h"
#include "store/ledger_check.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/dataset_tables.h"

namespace tidemark::sqlite {

// The days whose rows are to be booked where they arrive.
Result<std::set<UtcDay>> load_adjusted_days(Connection& connection, const DatasetRow& row);

// Writes what was moved of a batch, if anything was. Fails with invalid_input for a negative value.
Result<void> insert_adjustments(Connection& connection,
                                const DatasetRow& row,
                                std::int64_t batch_seq,
                                BookedRows& rows);

// Writes for the batch `voiding_seq` what it takes back of the links of `voided`; gives it.
Result<std::optional<AdjustedRows>> negate_adjustments(Connection& connection,
                                                       const DatasetRow& row,
                                                       const BatchReceipt& voided,
                                                       std::int64_t voiding_seq);

// The links of a subject become nobody's.
Result<void> erase_adjustments(Connection& connection,
                               const DatasetRow& row,
                               std::string_view subject);

// AdjustmentStore::adjustments().
Result<std::vector<Adjustment>> load_adjustments(Connection& connection,
                                                 const DatasetRow& row,
                                                 const AdjustmentQuery& query);

// Notes what the links say in the facts, and gives the sink where the rows do not agree.
Result<void> check_adjustments(Connection& connection,
                               const DatasetRow& row,
                               const VerifyScope& scope,
                               const DifferenceSink& differs,
                               LedgerFacts& facts);

}  // namespace tidemark::sqlite
