#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/simulate_compare_command.h"
#include "cli/simulate_run_command.h"
#include "simulate/plan/check_report.h"
#include "simulate/plan/plan_reader.h"
#include "simulate/plan/plan_template.h"

namespace tidemark {

namespace {

constexpr const char* footer =
    "A plan says who writes what and when, to which tables, and what is good enough.\n"
    "\n"
    "Examples:\n"
    "  tidemark simulate init plan.toml\n"
    "  tidemark simulate check plan.toml\n"
    "  tidemark simulate run examples/usage_service.toml --speed 60\n"
    "  tidemark simulate compare before.toml after.toml --speed 60\n"
    "\n"
    "docs/simulator.md explains every key.";

// Never over a file that is there: it may be somebody's plan.
Result<ExitCode> run_init(const std::string& path) {
    if (path == "-") {
        std::fputs(std::string(simulate::plan_template()).c_str(), stdout);
        return ExitCode::done;
    }
    std::FILE* file = std::fopen(path.c_str(), "wbx");
    if (file == nullptr) {
        const bool there = std::filesystem::exists(path);
        return Error{there ? ErrorKind::refused : ErrorKind::unavailable,
                     fmt::format("plan '{}': {}",
                                 path,
                                 there ? "is there already; name another file"
                                       : "cannot be written; name a file in an existing folder")};
    }
    const bool written = std::fputs(std::string(simulate::plan_template()).c_str(), file) >= 0;
    if ((std::fclose(file) != 0) || !written) {
        return Error{ErrorKind::unavailable, fmt::format("plan '{}': cannot be written", path)};
    }
    std::fprintf(
        stderr, "%s written; see tidemark simulate check %s\n", path.c_str(), path.c_str());
    return ExitCode::done;
}

Result<ExitCode> run_check(const std::string& path) {
    TIDEMARK_ASSIGN_OR_RETURN(const simulate::Plan plan, simulate::load_plan(path));
    TIDEMARK_ASSIGN_OR_RETURN(const std::string report, simulate::check_report(plan));
    std::fputs(report.c_str(), stdout);
    return ExitCode::done;
}

}  // namespace

void add_simulate_command(CLI::App& app, Invocation& invocation) {
    CLI::App* command =
        app.add_subcommand("simulate", "judge whether a schema carries its write load");
    command->require_subcommand(1);
    command->footer(footer);

    auto path = std::make_shared<std::string>("-");
    CLI::App* init = command->add_subcommand("init", "write a plan with every key and its default");
    init->footer(footer);
    init->add_option("FILE", *path, "the new file (default -, standard output)");
    init->callback([path, &invocation] { invocation.action = [path] { return run_init(*path); }; });

    auto checked = std::make_shared<std::string>();
    CLI::App* check = command->add_subcommand(
        "check", "read a plan and show its traffic and first hour, without a database");
    check->footer(footer);
    check->add_option("PLAN", *checked, "the plan's file")->required();
    check->callback(
        [checked, &invocation] { invocation.action = [checked] { return run_check(*checked); }; });
    add_simulate_run_commands(*command, invocation);
    add_simulate_compare_command(*command, invocation);
}

}  // namespace tidemark
