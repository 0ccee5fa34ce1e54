#pragma once
// The compactor: folds batches into daily rows and closes days, once or for as long as it is told
// to watch.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "worker/closing.h"

namespace tidemark {

struct DatasetFold {
    std::string dataset;
    FoldOutcome outcome;
};

// Folds all batches of each dataset (all counter datasets when `datasets` is empty), as one run of
// job "compact". The first error ends it; datasets folded before stay folded.
Result<std::vector<DatasetFold>> fold_datasets(Store& store,
                                               std::vector<std::string> datasets,
                                               const FoldPace& pace = {});

// By dataset; those not named are closed by the default rules.
using ClosingRulesByDataset = std::map<std::string, ClosingRules, std::less<>>;

struct DatasetCompaction {
    std::string dataset;
    std::optional<FoldOutcome> fold;  // nothing of a gauge, which needs none
    ClosingOutcome closing;
};

// Folds each dataset as above, all datasets when none is named, and closes its days as of `now`. Of
// a gauge old events are purged, and that is all.
Result<std::vector<DatasetCompaction>> compact_datasets(Store& store,
                                                        std::vector<std::string> datasets,
                                                        const ClosingRulesByDataset& rules,
                                                        Timestamp now);

struct CompactWatch {
    std::vector<std::string> datasets;      // empty: all
    std::chrono::milliseconds every{5000};  // a fold at least this often while there is work ...
    std::int64_t batches_max = 6;           // ... and as soon as this many batches wait
    FoldPace pace{.share = 0.2};            // readers come first: nobody waits for a fold
    std::chrono::milliseconds poll{250};    // how often it looks
    ClosingRulesByDataset rules{};
    std::chrono::milliseconds close_every{60000};  // days are closed this often
};

// Folds and closes until `stop` is set; an unavailable store is tried again with backoff, other
// errors end it. Closing says what it did in the log.
Result<void> watch_and_compact(Store& store,
                               const Clock& clock,
                               const CompactWatch& watch,
                               const std::atomic<bool>& stop,
                               const std::function<void(const DatasetFold&)>& folded);

}  // namespace tidemark
