#pragma once
// The aggregation worker: log files of a feed in, batches out. A file is a batch; the digest of its
// content is the key, so a file handed over twice counts once, whatever its name and packing, and
// an interrupted run can simply be started again.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "logs/aggregation.h"
#include "store/store.h"
#include "worker/file_coverage.h"

namespace tidemark {

// Opens one more store on the same URL; called from the thread that will use it.
using StoreOpener = std::function<Result<std::unique_ptr<Store>>()>;

struct AggregateJob {
    std::string dataset;
    std::string feed;
    std::vector<std::string> files;               // "-": standard input
    Coverage covers;                              // declared as a whole, when the run succeeds
    const FileCoverage* file_coverage = nullptr;  // and what each file's name declares
    // A file with a larger share of rejected lines is refused as a whole; 1 refuses none.
    double rejected_share_max = 1.0;
    int files_at_once = 1;
};

// What became of one file. Exactly one of `receipt` (stored) and `error` is there; with no store
// (count_files) both are empty when all went well.
struct FileOutcome {
    std::string file;
    std::optional<Aggregation> aggregation;  // without rows once they are stored
    std::optional<BatchReceipt> receipt;
    bool already_stored = false;
    std::optional<Error> error;
};

// Told as files go on; called from several threads, one at a time.
struct AggregateListener {
    std::function<void(const std::string& file, const ReadingProgress&)> progress;
    std::function<void(const FileOutcome&)> file_done;
};

// Reads the files and stores each as a batch, as one run of job "aggregate" whose coverage is
// declared when every file is stored. A file that fails is named in its outcome and the others go
// on. Fails itself only when the run cannot be begun or ended. Outcomes come in the order of
// job.files; their rows are released as soon as they are stored.
Result<std::vector<FileOutcome>> aggregate_files(const AggregateJob& job,
                                                 const LogReader& reader,
                                                 const StoreOpener& open_store,
                                                 const AggregateListener& listener);

// Reads and counts without a store. The same content given twice is read twice and counted once:
// later ones are marked already_stored. Rows are kept in the outcomes.
std::vector<FileOutcome> count_files(const AggregateJob& job,
                                     const LogReader& reader,
                                     const AggregateListener& listener);

}  // namespace tidemark
