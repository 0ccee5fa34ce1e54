#pragma once
// What the small tables of a dataset say of each other: receipts, sums of rows, seals, runs. Stores
// load the facts, all as of one moment; the arithmetic is the same for all of them.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "domain/batch.h"
#include "domain/correction.h"
#include "domain/dataset.h"
#include "domain/run.h"
#include "domain/seal.h"
#include "store/verify_store.h"

namespace tidemark {

struct RowSum {
    std::int64_t row_count = 0;
    bool slotted = false;         // a row is not in the first slot of its day
    std::vector<Total> totals{};  // one a metric
};

// A run of a job that stores batches.
struct RunFacts {
    std::int64_t id = 0;
    std::string job;
    std::string feed;
    Timestamp started_at{};
    Timestamp heartbeat_at{};
    std::optional<Timestamp> ended_at{};
    RunOutcome outcome = RunOutcome::running;
    std::int64_t row_count = 0;
};

// Where erased rows were, and how often the day had been sealed by then.
struct ErasedPlace {
    std::int64_t batch_seq = 0;
    UtcDay day;
    std::int64_t revision = 0;

    auto operator<=>(const ErasedPlace&) const = default;
};

struct LedgerFacts {
    Dataset dataset;
    std::int64_t last_seq = 0;
    std::int64_t folded_through = 0;
    std::int64_t number_count = 0;  // numbers that the registry knows, whatever became of them
    std::vector<BatchReceipt> receipts{};                      // committed batches, by number
    std::map<std::int64_t, std::int64_t> rejected_by_batch{};  // lines, summed over the reasons
    std::map<std::pair<std::int64_t, UtcDay>, RowSum> rows{};  // by batch and day; what is kept
    std::map<UtcDay, RowSum> daily{};                          // daily rows
    std::map<UtcDay, std::int64_t> folded_through_max{};       // of a day's daily rows
    bool partial = false;                                      // some may be above folded_through
    std::set<UtcDay> purged{};
    std::vector<SealedDay> seals{};        // by day; `dirty` is not looked at
    std::vector<SealEvent> seal_events{};  // by id
    std::vector<RunFacts> runs{};          // by id
    std::vector<Correction> corrections{};
    std::map<ErasedPlace, RowSum> erased_rows{};
    // What daily rows of purged days lost, by day and the revision of its seal at the time.
    std::map<std::pair<UtcDay, std::int64_t>, std::vector<Total>> erased_days{};
    std::int64_t erased_row_count = 0;               // as the erasures say, summed up
    std::map<std::int64_t, RowSum> adjustments{};    // links, summed up by batch
    std::map<UtcDay, std::int64_t> adjusted_days{};  // to which they belong, and a batch of each
};

// Gives the sink what does not agree, and adds what was looked at to the summary.
void check_ledger(const LedgerFacts& facts,
                  const VerifyScope& scope,
                  const DifferenceSink& differs,
                  VerifySummary& summary);

}  // namespace tidemark
