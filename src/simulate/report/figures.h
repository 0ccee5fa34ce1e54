#pragma once
// Figures: what a run's folder says, counted. Every report shows these and no others.
//
// Latency is *response*: from the planned time to the commit. What was skipped, failed or never
// begun has no response; it is counted beside the percentiles and against every objective.
//
// *Judged* is what was planned after the warm-up. Of an interrupted run it is only what was planned
// so long before the end that its objective (of a run: its deadline) was over by then: what had
// time left is neither late nor lost.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/plan/plan.h"
#include "simulate/run/latency_histogram.h"
#include "simulate/run/outcomes.h"
#include "simulate/run/run_folder.h"

namespace tidemark::simulate {

// A stretch of the run's time, half-open: [begin, end), microseconds of the machine.
struct Stretch {
    std::int64_t begin_us = 0;
    std::int64_t end_us = 0;
};

// What was planned within one stretch of the run.
struct TimeCell {
    std::uint64_t planned = 0;
    std::uint64_t done = 0;     // committed within the stretch, whenever planned
    std::uint64_t backlog = 0;  // due and not ended at the stretch's end
    LatencyHistogram response;  // of what was planned within it
};

// One transaction that came to an end, for joining with what happened meanwhile.
struct Transaction {
    std::int64_t planned_us = 0;
    std::int64_t ended_us = 0;
    bool committed = false;
};

struct WriterFigures {
    std::string name{};
    WriterKind kind = WriterKind::stream;
    OutcomeCounts counts{};         // of all that was planned
    std::uint64_t never_begun = 0;  // of the skipped ones
    OutcomeCounts judged{};         // of what is judged
    std::uint64_t judged_late = 0;  // of those: response above the p99 objective
    std::uint64_t runs = 0;         // those that are judged
    std::uint64_t runs_missed = 0;
    std::uint64_t retries = 0;
    std::uint64_t rows = 0;                         // committed
    std::map<std::string, std::uint64_t> states{};  // SQLSTATEs of failed attempts
    LatencyHistogram response{};                    // of what is judged, as all below
    LatencyHistogram service{};  // from the start of the work: what a closed loop would report
    LatencyHistogram wait{};     // from the plan to the start of the work
    LatencyHistogram own{};      // the generator's share of the response
    std::vector<TimeCell> cells{};
    std::vector<Transaction> transactions{};
    std::vector<Stretch> busy{};  // its runs, from plan to end; of batches only
};

struct TableFigures {
    std::string name{};
    std::int64_t inserted = 0;
    std::int64_t updated = 0;
    std::int64_t hot_updated = 0;
    std::int64_t removed = 0;
    std::int64_t vacuums = 0;
    double dead_share_max = 0;
};

// The server's statistics as deltas between samples.
struct DatabasePoint {
    std::int64_t at_us = 0;
    double wal_bytes_per_second = 0;
    double transactions_per_second = 0;
    std::int64_t dead = 0;
    std::int64_t active = 0;
    std::int64_t waiting_for_locks = 0;
    std::int64_t vacuums_running = 0;
    std::int64_t checkpoints = 0;  // since the point before
};

struct DatabaseFigures {
    std::int64_t wal_bytes = 0;
    std::int64_t full_page_images = 0;
    std::int64_t checkpoints_timed = 0;
    std::int64_t checkpoints_requested = 0;
    std::int64_t deadlocks = 0;
    std::int64_t rollbacks = 0;
    std::int64_t temp_bytes = 0;
    std::int64_t sessions_seen = 0;                 // active ones, summed over the samples
    std::int64_t lock_waits_seen = 0;               // those of them that waited for a lock
    std::map<std::string, std::int64_t> waits{};    // by kind, summed over the samples
    std::map<std::string, std::int64_t> blocked{};  // "who < by whom"
    std::vector<TableFigures> tables{};
    std::vector<DatabasePoint> points{};
};

struct Figures {
    Plan plan{};
    RunFacts facts{};
    std::int64_t cell_us = 1;  // the length of a TimeCell
    std::vector<WriterFigures> writers{};
    DatabaseFigures database{};
    std::vector<RunEvent> events{};
    // How many simulated seconds the run came to, at most the plan's.
    double simulated_s = 0;
};

// Fails as RunFolder's reading does, and with corrupt where the ledger is not of the plan.
Result<Figures> read_figures(const std::string& folder);

}  // namespace tidemark::simulate
