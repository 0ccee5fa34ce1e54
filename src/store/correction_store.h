#pragma once
// CorrectionStore: the part of a store that corrects what is stored. History is kept: nothing is
// changed in place, a correction is a further batch, so every read stays exact while it is made.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/batch.h"
#include "domain/correction.h"
#include "domain/usage_rows.h"

namespace tidemark {

// What became of a batch that was handed over.
struct StoredBatch {
    BatchReceipt receipt;
    bool already_stored = false;  // the same key and content were committed before
};

// What became of a batch that was replaced.
struct StoredReplacement {
    StoredBatch voiding;      // takes the batch back
    StoredBatch replacement;  // brings what it should have been
};

// Threads and errors as class Store says. Each call fails with invalid_input for a note that
// check_note() refuses. A call that is made again, under the same key, answers as the first time
// and keeps the first note.
class CorrectionStore {
 public:
    CorrectionStore() = default;
    CorrectionStore(const CorrectionStore&) = delete;
    CorrectionStore& operator=(const CorrectionStore&) = delete;
    virtual ~CorrectionStore() = default;

    // Takes back a committed batch by a new one with its rows negated; feed and key name the new
    // batch. Exact before, during and after a fold. The same key again returns the same receipt.
    // A batch that voids may be voided in turn. Fails with refused when the batch was voided
    // before, rows of it were purged or the day that they are booked on is frozen with any policy,
    // the key is known for something else, or a day of a subject would come to less than zero; with
    // not_found when there is no such committed batch. Of a gauge: its events no longer count, or
    // count again when it was a void of theirs, and the rows that they touched follow from the
    // events of all batches that stand.
    virtual Result<StoredBatch> void_batch(std::string_view dataset,
                                           std::int64_t batch_seq,
                                           std::string_view key,
                                           const CorrectionNote& note) = 0;

    // Takes back a committed batch, as void_batch() under a key of its own, and stores `batch`, as
    // store_batch() does, in one transaction: everybody sees both or neither. Fails as both do, and
    // with refused when `batch` is known under its key but did not replace this one.
    virtual Result<StoredReplacement> replace_batch(std::int64_t batch_seq,
                                                    const Batch& batch,
                                                    RowSource& rows,
                                                    const CorrectionNote& note) = 0;

    // Stores `batch`, as store_batch() does, and records in the same transaction that its rows were
    // rejected in the committed batch `batch_seq` of its dataset and are mended now. Fails with
    // not_found when there is no such batch.
    virtual Result<StoredBatch> replay_batch(std::int64_t batch_seq,
                                             const Batch& batch,
                                             RowSource& rows,
                                             const CorrectionNote& note) = 0;

    // The corrections of batches with batch_seq in [from, to), by the corrected batch and the
    // order in which they were made. Of any dataset.
    virtual Result<std::vector<Correction>> corrections(std::string_view dataset,
                                                        std::int64_t from,
                                                        std::int64_t to) = 0;
};

}  // namespace tidemark
