#include "cli/simulate_run_command.h"

#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/simulate_compare_command.h"
#include "cli/simulation_folders.h"
#include "cli/simulation_progress.h"
#include "cli/stop_signal.h"
#include "simulate/report/report_files.h"
#include "simulate/run/comparison_run.h"
#include "simulate/run/simulation.h"
#include "simulate/run/writer_process.h"

namespace tidemark {

namespace {

constexpr const char* report_footer =
    "Writes report.html, report.json and junit.xml into the folder, the same bytes each time, and "
    "the\n"
    "summary to standard output. Needs no database and no network.\n"
    "\n"
    "Example:\n"
    "  tidemark simulate report monday\n"
    "\n"
    "Exit codes: 0 adequate, 10 at risk, 11 not adequate, 12 invalid measurement.";

constexpr const char* footer =
    "Leaves a folder from which simulate report makes every report again.\n"
    "Without a URL in the plan's [target] a private PostgreSQL is started for the run and removed "
    "at\n"
    "its end, whatever happens. Ctrl-C ends the run early; its folder tells what was done so far.\n"
    "\n"
    "Examples:\n"
    "  tidemark simulate run examples/usage_service.toml --speed 60\n"
    "  tidemark simulate run plan.toml --out monday\n"
    "\n"
    "Exit codes: 0 adequate, 10 at risk, 11 not adequate, 12 invalid measurement; 1, 2 and 3 as\n"
    "everywhere (failed, wrong usage, refused).";

struct RunCommandOptions {
    std::string plan;
    std::string out;
    double speed = 0;
    bool any_database = false;
};

ExitCode exit_code_of(simulate::VerdictKind kind) {
    switch (kind) {
        case simulate::VerdictKind::adequate:
            return ExitCode::done;
        case simulate::VerdictKind::at_risk:
            return ExitCode::at_risk;
        case simulate::VerdictKind::not_adequate:
            return ExitCode::not_adequate;
        case simulate::VerdictKind::invalid:
            return ExitCode::invalid_measurement;
    }
    return ExitCode::failed;
}

Result<ExitCode> report_on(const std::string& folder) {
    if (std::filesystem::exists(folder + "/" + simulate::comparison_file)) {
        return report_on_comparison(folder, false);
    }
    TIDEMARK_ASSIGN_OR_RETURN(const simulate::WrittenReport report,
                              simulate::write_reports(folder));
    std::fputs(report.text.c_str(), stdout);
    std::fprintf(stderr, "report: %s\n", report.html_file.c_str());
    return exit_code_of(report.kind);
}

Result<ExitCode> run_run(const RunCommandOptions& options) {
    SimulationDisplay display;
    const simulate::SimulationOptions simulation{
        .plan_file = options.plan,
        .folder = options.out.empty() ? default_simulation_folder("simulation", options.plan)
                                      : options.out,
        .speed = options.speed,
        .any_database = options.any_database,
        .writer_command = own_writer_command(),
        .progress = [&display](const simulate::SimulationProgress& progress) {
            display.show(progress);
        }};
    TIDEMARK_RETURN_IF_ERROR(simulate::run_simulation(simulation, stop_on_signal()));
    display.wipe();
    return report_on(simulation.folder);
}

}  // namespace

void add_simulate_run_commands(CLI::App& simulate, Invocation& invocation) {
    auto options = std::make_shared<RunCommandOptions>();
    CLI::App* run = simulate.add_subcommand("run", "run a plan against a database and judge it");
    run->footer(footer);
    run->add_option("PLAN", options->plan, "the plan's file")->required();
    run->add_option(
           "--speed", options->speed, "simulated seconds in a second (default: the plan's)")
        ->check(CLI::Range(0.01, 100'000.0));
    run->add_option("--out", options->out, "the run's folder (default simulation-NAME-TIME)");
    run->add_flag("--any-database",
                  options->any_database,
                  "write into a database that is not empty and was not made by a simulation");
    run->callback(
        [options, &invocation] { invocation.action = [options] { return run_run(*options); }; });

    auto folder = std::make_shared<std::string>();
    CLI::App* report =
        simulate.add_subcommand("report", "make the reports of a folder again, offline");
    report->footer(report_footer);
    report->add_option("FOLDER", *folder, "the folder that simulate run or compare left")
        ->required();
    report->callback(
        [folder, &invocation] { invocation.action = [folder] { return report_on(*folder); }; });

    // Started by `run`, never by hand: it stays out of the help.
    CLI::App* writer = simulate.add_subcommand(writer_process_command, "")->group("");
    writer->callback([&invocation] {
        invocation.action = []() -> Result<ExitCode> {
            TIDEMARK_RETURN_IF_ERROR(simulate::run_writer_process(stop_on_signal()));
            return ExitCode::done;
        };
    });
}

}  // namespace tidemark
