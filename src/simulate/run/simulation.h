#pragma once
// Simulation: a plan run from its beginning to its end. The orchestrator, which outlives every
// writer.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/plan/plan.h"
#include "simulate/run/run_folder.h"
#include "simulate/run/writer_children.h"

namespace tidemark::simulate {

class PrivatePostgres;

struct WriterProgress {
    std::string writer{};
    std::uint64_t planned = 0;
    std::uint64_t due = 0;  // planned until now
    std::uint64_t done = 0;
    std::uint64_t late = 0;  // done later than the p99 objective after their time
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;
    std::int64_t p99_us = 0;
    double rows_per_second = 0;  // of the machine's time, over the last look
};

struct SimulationProgress {
    std::string doing{};  // before the load: what is being prepared
    double share = 0;   // of the plan's duration
    std::vector<WriterProgress> writers{};
    double wal_bytes_per_second = 0;
    std::int64_t sessions_waiting_for_locks = 0;
};

// A database of a server of ours that has its schema and history already.
struct PreparedTarget {
    PrivatePostgres* server = nullptr;  // none: the plan's target, or a private server for the run
    std::string url{};
};

struct SimulationOptions {
    std::string plan_file{};
    std::string folder{};
    double speed = 0;           // 0: the plan's
    double multiple = 1;        // of the plan's load (plan/multiple.h)
    std::string schema_file{};  // in the place of the plan's [target] schema; empty: the plan's
    PreparedTarget prepared{};
    bool any_database = false;
    WriterCommand writer_command{};
    std::function<void(const SimulationProgress&)> progress{};  // called now and then
};

// Runs the plan and leaves its folder. Ctrl-C, as `stop`, ends it early: writers are ended, a
// private PostgreSQL is removed, and the folder tells what was done so far. Fails as load_plan
// does, with refused (a database that is not empty, a folder that is there), unavailable,
// invalid_input (statements that the server refuses). Call before any thread is started.
Result<RunFacts> run_simulation(const SimulationOptions& options, const std::atomic<bool>& stop);

}  // namespace tidemark::simulate
