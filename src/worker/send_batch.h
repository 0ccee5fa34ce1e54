#pragma once
// Sending one file as one batch: new, in place of a batch that is taken back, or as the mended rows
// of a batch that had rejected some. One run, whose coverage is declared when the batch stands.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "domain/correction.h"
#include "store/store.h"
#include "worker/aggregate.h"
#include "worker/batch_input.h"

namespace tidemark {

// What the batch is to do about another one.
struct BatchCorrection {
    CorrectionKind kind = CorrectionKind::replaced;  // replaced or replayed
    std::int64_t batch_seq = 0;
    CorrectionNote note;
};

struct BatchJob {
    std::string run_job = "batch";  // of the run; "replace" or "replay" where it corrects
    std::string dataset;
    std::string feed;  // empty: the corrected batch's
    std::string key;   // empty: follows from the corrected batch and, of rejected rows, the content
    Coverage covers;   // declared when the batch stands
    // A file with a larger share of rejected rows is refused as a whole; 0 refuses any.
    double rejected_share_max = 0.0;
    std::optional<BatchCorrection> correction;
};

// What became of it. `error` is there, or `stored` is.
struct SentBatch {
    Batch batch;  // as it was read; empty when it could not be
    std::optional<StoredBatch> stored;
    std::optional<StoredBatch> voiding;  // of a batch that was replaced
    std::optional<Error> error;
};

// Fails itself only when the run cannot be begun or ended, or the corrected batch is not there.
Result<SentBatch> send_batch(const BatchJob& job,
                             const ReadInput& read,
                             const StoreOpener& open_store,
                             const ProgressCallback& progress);

// The same with what was read already, on a store that is open, without a heartbeat: for what is
// soon done. The share of rejected rows was judged by the caller.
Result<SentBatch> send_read_batch(const BatchJob& job, BatchInput input, Store& store);

// "bad_value 2, future 1", or nothing.
std::string reasons_text(const Batch& batch);

}  // namespace tidemark
