#pragma once
// The ledger for people and programs: runs, batches, and what was rejected.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/correction.h"
#include "domain/dataset.h"
#include "store/store.h"

namespace tidemark {

enum class LedgerFormat { table, json };

// A run that has not ended and has given no sign of life for so long was killed, or hangs.
inline constexpr std::chrono::seconds silent_after{60};

// Runs as listed, and for each job, dataset and feed among them how many there were, how many
// failed, how many never ended, and how long they took and what they wrote. `now` is the present.
std::string format_runs(const std::vector<Run>& runs, Timestamp now, LedgerFormat format);

// Receipts with what was done about each batch.
struct BatchList {
    Dataset dataset;
    std::vector<BatchReceipt> receipts;
    std::vector<Correction> corrections;  // all of the dataset's
};
std::string format_batches(const BatchList& list, LedgerFormat format);

// "2 rows of frozen days booked in 2026-11-22T10:30Z: bytes_streamed 12, requests 2".
std::string adjusted_text(const Dataset& dataset, const AdjustedRows& adjusted);

// Links, each with where its row belongs and where it counts.
std::string format_adjustments(const Dataset& dataset,
                               const std::vector<Adjustment>& links,
                               LedgerFormat format);

// A receipt as JSON, with "already_stored"; of a replacement both, as "voiding" and "replacement".
std::string receipt_json(const Dataset& dataset, const StoredBatch& stored);
std::string replacement_json(const Dataset& dataset, const StoredReplacement& replaced);

// What was rejected of which batches.
struct RejectedQuery {
    BatchQuery batches;                     // which are looked at
    std::optional<std::int64_t> batch_seq;  // only this one
    std::string reason;                     // empty: any
    std::int64_t samples_max = 20;          // of all together; the newest batches first
};
struct RejectedBatch {
    BatchReceipt receipt;
    ReasonCounts counts;
    std::vector<RejectedSample> samples;
};
struct RejectedList {
    std::string dataset;
    std::vector<RejectedBatch> batches;  // those with something rejected, the newest first
};

// Fails as the store's calls do; not_found when a batch is named that is not there.
Result<RejectedList> find_rejected(Store& store, const RejectedQuery& query);
std::string format_rejected(const RejectedList& list, LedgerFormat format);

}  // namespace tidemark
