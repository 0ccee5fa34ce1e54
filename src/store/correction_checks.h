#pragma once
// What every store says when a correction cannot be made, so that all of them say the same.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/batch.h"
#include "domain/correction.h"
#include "domain/utc_day.h"

namespace tidemark {

// The key of the batch that takes `batch_seq` back when it is replaced. A batch is voided once, so
// it is replaced once, and the key can follow from the batch.
std::string replacement_void_key(std::string_view dataset, std::int64_t batch_seq);

// refused: what a void would leave of a subject's day is less than nothing, so the daily rows are
// not what the batches say.
Error below_zero(std::string_view dataset,
                 std::int64_t batch_seq,
                 std::string_view subject,
                 UtcDay day);

// unavailable: rows of the batch went while it was being taken back.
Error erased_meanwhile(std::string_view dataset, std::int64_t batch_seq);

// refused: the batch stands under its key, but it did not replace `batch_seq`.
Error did_not_replace(const BatchReceipt& known, std::int64_t batch_seq);

// refused: the batch stands under its key, but not as the mended rows of `batch_seq`.
Error did_not_replay(const BatchReceipt& known, std::int64_t batch_seq);

}  // namespace tidemark
