#pragma once
// How many times its load a plan holds: runs of multiples until the largest that holds is known.
//
// The folder it leaves holds the folder of every step (step-01, step-02 ...) and headroom.json,
// which says what they were; written last, so that a folder without it was cut off.

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/headroom/headroom_search.h"
#include "simulate/report/verdict.h"
#include "simulate/run/simulation.h"

namespace tidemark::simulate {

inline constexpr int headroom_version = 1;
inline constexpr const char* headroom_file = "headroom.json";

struct HeadroomOptions {
    PlanSource plan{};
    std::string folder{};
    double speed = 0;  // of the first step; 0: the plan's
    WriterCommand writer_command{};
    std::function<Result<void>(const std::string& url)> make_own_tables{};  // as of a run
    std::function<void(const SimulationProgress&)> progress{};
    std::function<void(const std::string& words)> step_ended{};  // a line for each
};

struct HeadroomFacts {
    int version = headroom_version;
    std::string plan{};  // its name
    double speed = 1;
    std::vector<HeadroomStep> steps{};  // step-01 is the first
    bool interrupted = false;
};

// A late generator only adds to responses: where every objective held in spite of it, they held.
StepOutcome outcome_of(const Verdict& verdict);

// "step-07" for the seventh.
std::string step_folder(std::size_t place);

// Every step begins with schema and history as they were: a copy of a database prepared once, after
// a checkpoint; on a named server, which may not allow that, everything is made again. Fails as
// run_simulation does, and with invalid_input for a plan with a trace, which has nothing to
// multiply. Call before any thread is started.
Result<HeadroomFacts> run_headroom(const HeadroomOptions& options, const std::atomic<bool>& stop);

// Fails with not_found or corrupt.
Result<HeadroomFacts> read_headroom_facts(const std::string& folder);

}  // namespace tidemark::simulate
