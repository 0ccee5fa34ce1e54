#pragma once
// What the simulator's commands share: where results go, how a writer's process is started, and how
// Tidemark's own tables are made.

#include <string>

#include "base/result.h"
#include "simulate/run/writer_children.h"

namespace tidemark {

// The hidden command that a writer's process is.
inline constexpr const char* writer_process_command = "writer-process";

// "simulation-usage_service-20261102-101500" in the working directory.
std::string default_simulation_folder(const std::string& kind, const std::string& plan);

simulate::WriterCommand own_writer_command();

// Makes the tables that `tidemark migrate` makes, with those of the built-in datasets. Fails as
// opening the store does.
Result<void> make_own_tables(const std::string& url);

}  // namespace tidemark
