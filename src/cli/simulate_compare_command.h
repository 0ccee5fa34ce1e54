#pragma once
// `tidemark simulate compare`: two plans, or two schemas under one plan.

#include <string>

#include "base/result.h"
#include "cli/command.h"

namespace CLI {
class App;
}

namespace tidemark {

// Adds it to `simulate`.
void add_simulate_compare_command(CLI::App& simulate, Invocation& invocation);

// Makes the reports of a comparison's folder and prints them.
Result<ExitCode> report_on_comparison(const std::string& folder, bool json);

}  // namespace tidemark
