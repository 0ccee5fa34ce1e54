#pragma once
// `tidemark simulate run` and `report`, `tidemark simulate --services=...`, and the hidden command
// that a writer's process is.

#include <string>
#include <vector>

#include "simulate/plan/plan_selection.h"

namespace CLI {
class App;
}

namespace tidemark {

struct Invocation;

// --services and --runs_per_hour.
struct SelectionOptions {
    std::vector<std::string> services;
    double runs_per_hour = 0;  // 0: as the plan says
};
void add_selection_options(CLI::App& command, SelectionOptions& options);
simulate::PlanSelection selection_of(const SelectionOptions& options);

// Adds them to `simulate`.
void add_simulate_run_commands(CLI::App& simulate, Invocation& invocation);

}  // namespace tidemark
