#pragma once
// What the simulator's commands share: where results go, and how a writer's process is started.

#include <string>

#include "simulate/run/writer_children.h"

namespace tidemark {

// The hidden command that a writer's process is.
inline constexpr const char* writer_process_command = "writer-process";

// "simulation-usage_service-20261102-101500" in the working directory.
std::string default_simulation_folder(const std::string& kind, const std::string& plan);

simulate::WriterCommand own_writer_command();

}  // namespace tidemark
