#pragma once
// The compactor: folds batches into daily rows, once or for as long as it is told to watch.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace tidemark {

struct DatasetFold {
    std::string dataset;
    FoldOutcome outcome;
};

// Folds all batches of each dataset (all counter datasets when `datasets` is empty), as one run of
// job "compact". The first error ends it; datasets folded before stay folded.
Result<std::vector<DatasetFold>> fold_datasets(Store& store, std::vector<std::string> datasets);

struct CompactWatch {
    std::vector<std::string> datasets;      // empty: all counter datasets
    std::chrono::milliseconds every{5000};  // a fold at least this often while there is work ...
    std::int64_t batches_max = 6;           // ... and as soon as this many batches wait
    std::chrono::milliseconds poll{250};    // how often it looks
};

// Folds until `stop` is set; an unavailable store is tried again with backoff, other errors end it.
Result<void> watch_and_fold(Store& store,
                            const CompactWatch& watch,
                            const std::atomic<bool>& stop,
                            const std::function<void(const DatasetFold&)>& folded);

}  // namespace tidemark
