#include "cli/simulation_folders.h"

#include <chrono>
#include <filesystem>

#include <fmt/format.h>

#include "simulate/plan/trace.h"

namespace tidemark {

std::string default_simulation_folder(const std::string& kind, const std::string& plan) {
    std::string instant = simulate::instant_text(
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    std::erase_if(instant, [](char character) { return character == '-' || character == ':'; });
    return fmt::format("{}-{}-{}-{}",
                       kind,
                       std::filesystem::path(plan).stem().string(),
                       instant.substr(0, 8),
                       instant.substr(9, 6));
}

simulate::WriterCommand own_writer_command() {
    return {.program = std::filesystem::read_symlink("/proc/self/exe").string(),
            .arguments = {"simulate", writer_process_command}};
}

}  // namespace tidemark
