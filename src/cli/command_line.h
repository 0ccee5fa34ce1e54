#pragma once
// The command line: one binary, one file a subcommand.

namespace tidemark {

// Runs the command that argv names and returns the exit code (cli/exit_code.h). The only place
// that catches exceptions: one is reported and becomes exit 1.
int run_command_line(int argc, char** argv);

}  // namespace tidemark
