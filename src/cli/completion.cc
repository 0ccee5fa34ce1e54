#include "cli/completion.h"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace tidemark {

namespace {

// `-o bashdefault -o default`: files, where the program has nothing to propose.
constexpr std::string_view bash_script =
    "_tidemark() {\n"
    "    local IFS=$'\\n'\n"
    "    COMPREPLY=($(\"${COMP_WORDS[0]}\" completion --words \"${COMP_WORDS[@]:1:COMP_CWORD}\" "
    "2> /dev/null))\n"
    "}\n"
    "complete -o bashdefault -o default -F _tidemark tidemark\n";

constexpr std::string_view zsh_script =
    "#compdef tidemark\n"
    "_tidemark() {\n"
    "    local -a found\n"
    "    found=(${(f)\"$(\"${words[1]}\" completion --words \"${(@)words[2,CURRENT]}\" "
    "2> /dev/null)\"})\n"
    "    if (( ${#found} )); then compadd -a found; else _files; fi\n"
    "}\n"
    "compdef _tidemark tidemark\n";

constexpr std::string_view fish_script =
    "function __tidemark_complete\n"
    "    set -l typed (commandline -opc) (commandline -ct)\n"
    "    $typed[1] completion --words $typed[2..-1] 2> /dev/null\n"
    "end\n"
    "complete -c tidemark -a '(__tidemark_complete)'\n";

const CLI::App* find_subcommand(const CLI::App& app, const std::string& name) {
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    const auto found = std::ranges::find(commands, name, &CLI::App::get_name);
    return found == commands.end() ? nullptr : *found;
}

bool takes_value(const CLI::App& app, const std::string& option) {
    const CLI::Option* const found = app.get_option_no_throw(option);
    return found != nullptr && found->get_items_expected_min() > 0;
}

std::vector<std::string> names_of_options(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_group().empty()) {
            continue;  // hidden
        }
        for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    return names;
}

std::vector<std::string> names_of_subcommands(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!command->get_group().empty()) {
            names.push_back(command->get_name());
        }
    }
    return names;
}

}  // namespace

std::vector<std::string> complete(const CLI::App& app, std::span<const std::string> words) {
    if (words.empty()) {
        return {};
    }
    const std::string& typed = words.back();
    const CLI::App* command = &app;
    bool value_next = false;
    for (const std::string& word : words.first(words.size() - 1)) {
        const CLI::App* const below = value_next ? nullptr : find_subcommand(*command, word);
        value_next = !value_next && takes_value(*command, word);
        command = below == nullptr ? command : below;
    }
    if (value_next) {
        return {};
    }
    std::vector<std::string> names =
        typed.starts_with('-') ? names_of_options(*command) : names_of_subcommands(*command);
    std::erase_if(names, [&typed](const std::string& name) { return !name.starts_with(typed); });
    std::ranges::sort(names);
    return names;
}

std::optional<std::string_view> completion_script(std::string_view shell) {
    if (shell == "bash") {
        return bash_script;
    }
    if (shell == "zsh") {
        return zsh_script;
    }
    if (shell == "fish") {
        return fish_script;
    }
    return std::nullopt;
}

}  // namespace tidemark
