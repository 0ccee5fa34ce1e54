#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace tidemark {

namespace {

constexpr const char* footer =
    "Examples:\n"
    "  tidemark config check\n"
    "  tidemark config check --config production.toml";

Result<ExitCode> run_check(const StoreOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.config));
    std::fputs(to_toml(configuration).c_str(), stdout);
    return ExitCode::done;
}

}  // namespace

void add_config_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<StoreOptions>();
    CLI::App* command = app.add_subcommand("config", "the configuration file");
    command->require_subcommand(1);
    command->footer(footer);
    CLI::App* check = command->add_subcommand(
        "check", "check the configuration and print it with every default written out");
    check->footer(footer);
    check->add_option("--config",
                      options->config,
                      "configuration file (default tidemark.toml, when there is one)");
    check->callback(
        [options, &invocation] { invocation.action = [options] { return run_check(*options); }; });
}

}  // namespace tidemark
