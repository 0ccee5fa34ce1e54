#include "support/simulation_folder.h"

namespace tidemark::test {

namespace fs = std::filesystem;

bool has_postgres_programs() {
    return run_process({.command = {"/bin/sh",
                                    "-c",
                                    "test -x \"$(pg_config --bindir)/initdb\" || command -v initdb "
                                    "|| ls /usr/lib/postgresql/*/bin/initdb"}})
               .exit_code == 0;
}

SimulationFolder::SimulationFolder() {
    fs::permissions(
        folder_.path(), fs::perms::others_exec | fs::perms::others_read, fs::perm_options::add);
    fs::create_directory(servers());
    fs::permissions(servers(), fs::perms::all);
}

ProcessStart SimulationFolder::start(const std::string& binary,
                                     std::vector<std::string> arguments) const {
    std::vector<std::string> command = {binary, "simulate"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"--out", out().string()});
    return {.command = command, .environment = {{"TMPDIR", servers().string()}}};
}

}  // namespace tidemark::test
