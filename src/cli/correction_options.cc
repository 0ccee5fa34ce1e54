#include "cli/correction_options.h"

#include <array>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

namespace tidemark {

std::string name_of_user() {
    std::array<char, 256> machine{};
    if (gethostname(machine.data(), machine.size() - 1) != 0) {
        machine.fill('\0');
    }
    std::array<char, 4096> names{};
    passwd entry{};
    passwd* found = nullptr;
    const bool known =
        getpwuid_r(getuid(), &entry, names.data(), names.size(), &found) == 0 && found != nullptr;
    return fmt::format("{}@{}",
                       known ? std::string(entry.pw_name) : std::to_string(getuid()),
                       std::string(machine.data()));
}

void add_note_options(CLI::App& command, CorrectionNote& note) {
    note.by = name_of_user();
    command.add_option("--reason", note.reason, "why; kept with the correction")->required();
    command.add_option("--by", note.by, "who; kept with the correction (default USER@MACHINE)");
}

}  // namespace tidemark
