#pragma once
// A folder for simulations: a plan, what the run leaves, and the private server, which another user
// has to reach.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.h"
#include "support/temporary_directory.h"

namespace tidemark::test {

// Whether a private PostgreSQL can be started here.
bool has_postgres_programs();

class SimulationFolder {
 public:
    SimulationFolder();

    // Writes a file beside the plan and returns its path.
    [[nodiscard]] std::string write(std::string_view name, std::string_view content) const {
        return folder_.write(name, content);
    }
    [[nodiscard]] std::filesystem::path out() const { return folder_.path() / "out"; }
    // Where private servers are kept; empty when none is left.
    [[nodiscard]] std::filesystem::path servers() const { return folder_.path() / "servers"; }

    // `tidemark simulate ARGUMENTS --out out()`; `binary` is the program.
    [[nodiscard]] ProcessStart start(const std::string& binary,
                                     std::vector<std::string> arguments) const;

 private:
    TemporaryDirectory folder_;
};

}  // namespace tidemark::test
