#pragma once
// What every store says when it says no, so that all of them say the same; and the two decisions
// about a batch that do not depend on where it is kept.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/batch.h"
#include "domain/dataset.h"
#include "domain/run.h"
#include "domain/usage_rows.h"
#include "store/store.h"

namespace tidemark {

// not_found
Error dataset_not_prepared(std::string_view dataset);
Error dataset_is_gauge(std::string_view dataset);
Error dataset_is_counter(std::string_view dataset);
Error no_such_batch(std::string_view dataset, std::int64_t batch_seq);
Error no_such_run(std::int64_t run_id);

// refused
Error dataset_differs(const Dataset& known, const Dataset& given);
Error day_purged(std::string_view dataset, UtcDay day);
Error day_frozen(std::string_view dataset, UtcDay day);
Error day_not_folded(std::string_view dataset, UtcDay day, std::int64_t batch_seq);
Error voided_before(std::string_view dataset, std::int64_t batch_seq, std::int64_t voided_by);
Error value_too_large(std::string_view dataset,
                      std::string_view subject,
                      UtcDay day,
                      std::string_view metric);
Error run_ended(std::int64_t run_id, RunOutcome outcome);

// corrupt
Error batch_not_conserved(std::string_view dataset, const BatchReceipt& receipt);

// The identity of the batch that voids `voided`. Its content hash follows from what it voids.
BatchIdentity void_identity(const BatchIdentity& voided,
                            std::int64_t batch_seq,
                            std::string_view key);

// What a voiding batch says under `source`.
std::string void_source(std::int64_t batch_seq);

// A batch is handed over under a key that is committed already: the receipt with already_stored
// when it is the same content, refused otherwise. Both are named with their hashes.
Result<StoredBatch> answer_known_batch(BatchReceipt known, const BatchIdentity& given);

// invalid_input when the source's rows have another number of metrics than the dataset.
Result<void> check_metric_count(const Dataset& dataset, const RowSource& rows);

// invalid_input when a value is negative.
Result<void> check_row(const Dataset& dataset, const UsageRow& row);

// invalid_input when the run would end as running.
Result<void> check_run_end(std::int64_t run_id, const RunEnd& end);

// A run that has ended is ended again: nothing to do when in the same way, refused otherwise.
Result<void> answer_ended_run(const Run& run, const RunEnd& end);

}  // namespace tidemark
