#pragma once
// LedgerReader: the part of a store that answers what happened, for people who look into it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/batch.h"
#include "domain/run.h"
#include "domain/utc_day.h"

namespace tidemark {

// Which runs; what is empty is not asked about.
struct RunQuery {
    std::string job{};
    std::string dataset{};
    std::string feed{};
    std::optional<UtcDay> day{};  // on which they began
    std::int64_t limit = 20;      // of the newest; none when not positive
};

// Which committed batches of a dataset; what is empty is not asked about.
struct BatchQuery {
    std::string dataset;
    std::string feed{};
    std::optional<UtcDay> day{};  // of which they have rows
    std::int64_t limit = 20;      // of the newest; none when not positive
};

using ReasonCounts = std::vector<std::pair<std::string, std::int64_t>>;

// Threads and errors as class Store says; every call is of any dataset.
class LedgerReader {
 public:
    LedgerReader() = default;
    LedgerReader(const LedgerReader&) = delete;
    LedgerReader& operator=(const LedgerReader&) = delete;
    virtual ~LedgerReader() = default;

    // The newest first.
    virtual Result<std::vector<Run>> find_runs(const RunQuery& query) = 0;

    // The newest first.
    virtual Result<std::vector<BatchReceipt>> find_batches(const BatchQuery& query) = 0;

    // How many lines of a committed batch were rejected for which reason, by reason. Fails with
    // not_found when there is no such batch.
    virtual Result<ReasonCounts> rejected_by_reason(std::string_view dataset,
                                                    std::int64_t batch_seq) = 0;
};

}  // namespace tidemark
