#pragma once
// `tidemark simulate run` and `report`, and the hidden command that a writer's process is.

namespace CLI {
class App;
}

namespace tidemark {

struct Invocation;

// Adds them to `simulate`.
void add_simulate_run_commands(CLI::App& simulate, Invocation& invocation);

}  // namespace tidemark
