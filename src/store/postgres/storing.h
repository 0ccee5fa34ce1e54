#pragma once
// The steps by which a batch is stored, and what holds them together (docs/fold_protocol.md):
//
//   begin    one transaction: the next batch_seq under the counter's row lock, and the registry row
//            in state `running` with a lease
//   store    one transaction: the rows, then last the registry row's change to `committed`, which
//            only a row still `running` takes; otherwise nothing of the batch stays
//   expire   its own transaction: `running` rows whose lease ran out become `expired`
//
// Each step is a function of its own, so that tests can put anything between two of them.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/batch.h"
#include "domain/usage_rows.h"
#include "store/postgres/connection.h"
#include "store/postgres/session.h"
#include "store/postgres/tables.h"
#include "store/store.h"

namespace tidemark::postgres {

// All that the registry says of a batch, known before its first row is written. receipt.batch_seq
// and receipt.committed_at are given by the steps.
struct BatchEntry {
    BatchReceipt receipt;
    std::vector<std::pair<std::string, std::int64_t>> rejected_by_reason;
    std::vector<RejectedSample> rejected_samples;
};

// Reads the rows once for what the registry says of them. Fails with invalid_input for a negative
// value or a wrong metric count.
Result<BatchEntry> survey_batch(const Dataset& dataset, const Batch& batch, RowSource& rows);

// The new number; nothing when the key, or the batch to be voided, has just been taken. The session
// holds the batch's owner lock from here until release_owner or its end, so that others see whether
// the owner still lives.
Result<std::optional<std::int64_t>> begin_batch(Connection& connection,
                                                const BatchEntry& entry,
                                                std::chrono::milliseconds lease);

// A whole batch's number and registry row in one statement, for a transaction that stores all of it
// (gauge_storing.h): answers (batch_seq, microseconds of committed_at). From here to the end of the
// transaction nobody else takes a number of the dataset.
Statement register_committed(const BatchEntry& entry);

// Inside the storing transaction: all rows of the source as binary COPY. Gives the rows written.
tl::expected<std::int64_t, SqlError> copy_rows(Connection& connection,
                                               const DatasetTables& tables,
                                               std::int64_t batch_seq,
                                               RowSource& rows);

Result<void> store_rejected_samples(Connection& connection,
                                    const BatchEntry& entry,
                                    std::int64_t batch_seq);
Statement rejected_samples_statement(const BatchEntry& entry, std::int64_t batch_seq);

// The last statement of the storing transaction. Nothing when the batch is no longer `running`:
// roll back. Otherwise the instant of the commit that must follow.
Result<std::optional<Timestamp>> mark_committed(Connection& connection,
                                                std::string_view dataset,
                                                std::int64_t batch_seq);

// A batch of this session that will not be committed: gives its key free at once.
Result<void> mark_failed(Connection& connection, std::string_view dataset, std::int64_t batch_seq);

Result<void> release_owner(Connection& connection,
                           std::string_view dataset,
                           std::int64_t batch_seq);

// Expires every batch of the dataset whose lease ran out and passes over those whose row is locked.
// Gives their count.
Result<std::int64_t> expire_abandoned(Connection& connection, std::string_view dataset);

// Expires one batch when its owner's session is gone or its lease ran out; says whether it did.
Result<bool> expire_if_ownerless(Connection& connection,
                                 std::string_view dataset,
                                 std::int64_t batch_seq);

// Writes a batch's rows under a number, inside the storing transaction; gives the rows written.
using WriteRows =
    std::function<tl::expected<std::int64_t, SqlError>(Connection& connection, std::int64_t)>;

// All the steps, until the batch stands under its key: by this call or by somebody else who was
// storing the same one.
Result<StoredBatch> store_under_key(Session& session,
                                    const DatasetTables& tables,
                                    const BatchEntry& entry,
                                    const WriteRows& write_rows);

// One of the batches that are stored together.
struct KeyedBatch {
    BatchEntry entry;
    WriteRows write_rows;
};

// What else the storing transaction writes; the batches' numbers are those given, in their order.
using WriteMore =
    std::function<Result<void>(Connection& connection, std::span<const std::int64_t> batch_seqs)>;

// The same for several batches of one dataset in one storing transaction: all of them or none.
// Fails with refused when some of the keys are known and others are not.
Result<std::vector<StoredBatch>> store_together(Session& session,
                                                const DatasetTables& tables,
                                                std::span<const KeyedBatch> batches,
                                                const WriteMore& write_more);

}  // namespace tidemark::postgres
