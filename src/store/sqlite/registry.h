#pragma once
// The registry of committed batches: receipts in and out.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/batch.h"
#include "store/ledger_reader.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/dataset_tables.h"

namespace tidemark::sqlite {

// Gives out the dataset's next batch_seq. Inside the write transaction that also stores the rows
// and the receipt: no other writer can take a number in between, so none is ever given to a batch
// that is still being written, and a rolled-back batch leaves no gap.
Result<std::int64_t> take_batch_seq(Connection& connection, std::int64_t dataset_id);

// Writes the receipt and its days. In the same transaction as the rows.
Result<void> insert_receipt(Connection& connection,
                            std::int64_t dataset_id,
                            const BatchReceipt& receipt);

// Writes what was rejected of a batch.
Result<void> insert_rejected(Connection& connection,
                             std::int64_t dataset_id,
                             std::int64_t batch_seq,
                             const Batch& batch);

Result<std::optional<BatchReceipt>> find_receipt(Connection& connection,
                                                 std::string_view feed,
                                                 std::string_view key);

// Fails with not_found when there is none.
Result<BatchReceipt> find_receipt(Connection& connection,
                                  const DatasetRow& row,
                                  std::int64_t batch_seq);

// Receipts with batch_seq in (after, through], in order, at most `limit`.
Result<std::vector<BatchReceipt>> load_receipts(Connection& connection,
                                                std::int64_t dataset_id,
                                                std::int64_t after,
                                                std::int64_t through,
                                                std::int64_t limit);

// Those that a query asks for, the newest first.
Result<std::vector<BatchReceipt>> load_receipts(Connection& connection,
                                                std::int64_t dataset_id,
                                                const BatchQuery& query);

// LedgerReader::rejected_by_reason(), of a batch that is there.
Result<ReasonCounts> load_rejected_by_reason(Connection& connection,
                                             std::int64_t dataset_id,
                                             std::int64_t batch_seq);

// The batch that voids this one.
Result<std::optional<std::int64_t>> find_voiding(Connection& connection,
                                                 std::int64_t dataset_id,
                                                 std::int64_t batch_seq);

Result<std::vector<UtcDay>> load_purged_days(Connection& connection, std::int64_t dataset_id);

// Fails with refused when the day was purged.
Result<void> check_not_purged(Connection& connection, const DatasetRow& row, UtcDay day);

}  // namespace tidemark::sqlite
