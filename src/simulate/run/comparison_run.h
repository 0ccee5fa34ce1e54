#pragma once
// Two plans, or two schemas under one plan, run by turns on copies of databases that begin alike.
//
// The folder it leaves holds the folder of every run (a-1, b-1, b-2, a-2 ...) and comparison.json,
// which says what was compared; written last, so that a folder without it was cut off.

#include <atomic>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/run/simulation.h"

namespace tidemark::simulate {

inline constexpr int comparison_version = 1;
inline constexpr const char* comparison_file = "comparison.json";
inline constexpr int pairs_least = 5;

// One side of a comparison.
struct Arm {
    std::string label{};
    std::string plan_file{};
    std::string schema_file{};  // in the place of the plan's; empty: the plan's
};

struct ComparisonOptions {
    Arm a{};
    Arm b{};
    std::string folder{};
    int pairs = pairs_least;
    double speed = 0;  // 0: the plan's
    WriterCommand writer_command{};
    std::function<void(const SimulationProgress&)> progress{};
};

struct ComparedRun {
    std::string arm{};     // "a" or "b"
    std::string folder{};  // within the comparison's
};

struct ComparisonFacts {
    int version = comparison_version;
    std::string label_a{};
    std::string label_b{};
    int pairs = 0;                    // that were wanted
    std::vector<ComparedRun> runs{};  // in the order they were run
    bool interrupted = false;
};

// Runs A-B-B-A-A-B ...: each pair's second is the next one's first, so that what drifts with time
// meets both alike. Fails as run_simulation does, and with invalid_input for plans of which a
// comparison says nothing: other seeds, other settings of the server, a server that is named.
// Call before any thread is started.
Result<ComparisonFacts> run_comparison(const ComparisonOptions& options,
                                       const std::atomic<bool>& stop);

// Fails with not_found or corrupt.
Result<ComparisonFacts> read_comparison_facts(const std::string& folder);

}  // namespace tidemark::simulate
