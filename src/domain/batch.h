#pragma once
// Batch: the rows of one feed that are stored in one transaction, under a key of the producer's.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/content_hash.h"
#include "domain/slot.h"
#include "domain/total.h"
#include "domain/utc_day.h"

namespace tidemark {

// Who a batch is. (feed, key) is unique for ever: the same content again is the same batch, other
// content under the same key is a conflict.
struct BatchIdentity {
    std::string dataset;
    std::string feed;
    std::string key;
    ContentHash content_hash;
};

// One rejected line or row, kept so that a person can see why.
struct RejectedSample {
    std::int64_t line = 0;  // from 1
    std::string reason;     // a word of a closed list: "bad_date", "no_subject", ...
    std::string text;       // the line, cut to a bounded length
};

// What became of the received lines; accepted + rejected + ignored + comments == lines.
struct LineCounts {
    std::int64_t lines = 0;
    std::int64_t comments = 0;
    std::int64_t accepted = 0;
    std::int64_t rejected = 0;
    std::int64_t ignored = 0;

    bool operator==(const LineCounts&) const = default;
};

// A batch without its rows: what the registry keeps.
struct Batch {
    BatchIdentity identity;
    std::string source;  // where it came from, for people: a file's name
    LineCounts counts;
    std::vector<std::pair<std::string, std::int64_t>> rejected_by_reason;
    std::vector<RejectedSample> rejected_samples;
    // Rows are of whole days and lie in the first slot of each: which slot they belong to is not
    // known.
    bool day_grained = false;
};

// Rows of frozen days that a batch had, and where they count instead (domain/adjustment.h).
struct AdjustedRows {
    Slot booked;                 // in which they arrived
    std::int64_t row_count = 0;  // as they came; of a batch that voids, as they had come
    std::vector<Total> totals;   // one a metric

    bool operator==(const AdjustedRows&) const = default;
};

// What a committed batch is acknowledged with; handing the batch over again gives the same one.
struct BatchReceipt {
    BatchIdentity identity;
    std::int64_t batch_seq = 0;  // rising within a dataset, from 1, with gaps where a batch failed
    std::string source;
    LineCounts counts;
    std::int64_t row_count = 0;
    std::vector<Total> totals;               // one a metric, in the dataset's order
    std::vector<UtcDay> days;                // the days that have rows, in order
    std::optional<std::int64_t> voids;       // the batch_seq that this batch takes back
    bool day_grained = false;                // as in Batch; of a batch that voids, what it voids is
    std::optional<AdjustedRows> adjusted{};  // nothing: every row counts where it belongs
    Timestamp committed_at{};
};

}  // namespace tidemark
