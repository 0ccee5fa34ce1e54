#pragma once
// What the memory stores of one database share: plain containers behind one mutex.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/batch.h"
#include "domain/correction.h"
#include "domain/dataset.h"
#include "domain/gauge.h"
#include "domain/run.h"
#include "domain/seal.h"
#include "domain/usage_rows.h"
#include "store/erasure_store.h"
#include "store/sync_store.h"
#include "store/threshold_store.h"

namespace tidemark {

struct MemoryRow {
    std::string subject;
    Slot slot;
    std::vector<std::int64_t> values;
};

struct MemoryBatch {
    BatchReceipt receipt;
    std::vector<std::pair<std::string, std::int64_t>> rejected_by_reason;
    std::vector<RejectedSample> rejected_samples;
    std::vector<MemoryRow> rows;       // without those of purged days and erased subjects
    std::vector<GaugeEvent> events{};  // of a gauge; without those of purged days
    std::map<std::pair<UtcDay, std::int64_t>, ErasedRows> erased;  // by day, revision of its seal
    std::optional<std::int64_t> voided_by;
};

struct MemoryDailyRow {
    std::vector<std::int64_t> values;
    std::int64_t folded_through = 0;
};

struct MemoryDataset {
    Dataset dataset;
    std::vector<MemoryBatch> batches{};  // the one at index i has batch_seq i + 1
    std::map<std::pair<UtcDay, std::string>, MemoryDailyRow> daily{};
    std::map<std::pair<std::string, UtcDay>, GaugeDay> purged_rows{};  // a gauge's
    std::set<UtcDay> purged_days{};
    std::map<UtcDay, SealedDay> seals{};   // without `dirty`, which is derived
    std::vector<SealEvent> seal_events{};  // at index i, id i + 1
    // What daily rows of purged days lost, by day and the revision of its seal.
    std::map<std::pair<UtcDay, std::int64_t>, std::vector<Total>> erased_days{};
    std::int64_t folded_through = 0;
    bool partial = false;

    [[nodiscard]] std::int64_t last_seq() const {
        return static_cast<std::int64_t>(batches.size());
    }

    // The highest batch_seq that the daily row of this key holds; 0 when there is no such row.
    [[nodiscard]] std::int64_t folded_through_of(UtcDay day, const std::string& subject) const {
        const auto found = daily.find({day, subject});
        return found == daily.end() ? 0 : found->second.folded_through;
    }
};

// What synchronisation keeps.
struct MemorySync {
    std::int64_t generation = 1;
    std::int64_t epoch = 0;
    Timestamp lease_until{};
    std::optional<StoredSnapshot> snapshot{};
    std::map<std::string, Coverage> acknowledged_holes{};
};

struct MemoryThresholdEvent {
    ThresholdEvent event;
    Timestamp next_attempt_at{};
    std::vector<DeliveryAttempt> attempts{};
};

class MemoryDatabase {
 public:
    struct BatchPlace {
        std::string dataset;
        std::int64_t batch_seq = 0;
    };

    // The caller holds the mutex for all of these.
    Result<MemoryDataset*> find_known(std::string_view dataset);
    Result<MemoryDataset*> find_counter(std::string_view dataset);
    Result<MemoryDataset*> find_gauge(std::string_view dataset);
    Result<MemoryBatch*> find_stored(std::string_view dataset, std::int64_t batch_seq);
    const BatchReceipt* find_receipt(std::string_view feed, std::string_view key);
    // Gives the batch its number and, of a counter, its receipt's sums.
    BatchReceipt commit(MemoryDataset& known, MemoryBatch batch, Timestamp now);

    std::mutex mutex;  // held during every call of a store
    std::map<std::string, MemoryDataset, std::less<>> datasets;
    std::map<std::pair<std::string, std::string>, BatchPlace> places;  // by (feed, key)
    std::vector<Run> runs;                                             // at index i, id i + 1
    std::vector<Erasure> erasures;
    std::vector<Correction> corrections;  // in the order made
    MemorySync sync{};
    std::map<std::string, std::chrono::sys_seconds, std::less<>> judged_through;  // by threshold
    std::vector<MemoryThresholdEvent> threshold_events;                           // as fired
};

}  // namespace tidemark
