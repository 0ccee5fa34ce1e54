#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/completion.h"

namespace tidemark {

namespace {

constexpr const char* footer =
    "Examples:\n"
    "  source <(tidemark completion bash)              # this shell; ~/.bashrc for every one\n"
    "  tidemark completion zsh > ~/.zfunc/_tidemark    # with ~/.zfunc in fpath\n"
    "  tidemark completion fish > ~/.config/fish/completions/tidemark.fish";

Result<ExitCode> print_script(const std::string& shell) {
    const auto script = completion_script(shell);
    if (!script.has_value()) {
        return Error{ErrorKind::invalid_input,
                     "completion '" + shell + "': expected bash, zsh or fish"};
    }
    std::fwrite(script->data(), 1, script->size(), stdout);
    return ExitCode::done;
}

}  // namespace

void add_completion_command(CLI::App& app, Invocation& invocation) {
    auto shell = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("completion", "print the script that lets a shell complete commands");
    command->footer(footer);
    command->add_option("shell", *shell, "bash, zsh or fish")->required();
    command->callback(
        [shell, &invocation] { invocation.action = [shell] { return print_script(*shell); }; });
}

}  // namespace tidemark
