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
#include "simulate/headroom/headroom_report.h"
#include "simulate/headroom/headroom_run.h"
#include "simulate/plan/plan_selection.h"
#include "simulate/plan/shipped_plans.h"
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
    "  tidemark simulate run plan.toml --headroom\n"
    "  tidemark simulate run plan.toml --services=media_library\n"
    "\n"
    "Exit codes: 0 adequate, 10 at risk, 11 not adequate, 12 invalid measurement; 1, 2 and 3 as\n"
    "everywhere (failed, wrong usage, refused).";

// Two hours of the shipped plan in two minutes.
constexpr double shipped_speed = 60;

struct RunCommandOptions {
    std::string plan;  // empty: the shipped usage service
    SelectionOptions selection;
    std::string out;
    double speed = 0;
    bool any_database = false;
    bool headroom = false;
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

Result<ExitCode> report_on_headroom(const std::string& folder) {
    TIDEMARK_ASSIGN_OR_RETURN(const simulate::WrittenHeadroom report,
                              simulate::write_headroom_reports(folder));
    std::fputs(report.text.c_str(), stdout);
    std::fprintf(stderr, "report: %s\n", report.html_file.c_str());
    return exit_code_of(report.kind);
}

Result<ExitCode> report_on(const std::string& folder) {
    if (std::filesystem::exists(folder + "/" + simulate::comparison_file)) {
        return report_on_comparison(folder, false);
    }
    if (std::filesystem::exists(folder + "/" + simulate::headroom_file)) {
        return report_on_headroom(folder);
    }
    TIDEMARK_ASSIGN_OR_RETURN(const simulate::WrittenReport report,
                              simulate::write_reports(folder));
    std::fputs(report.text.c_str(), stdout);
    std::fprintf(stderr, "report: %s\n", report.html_file.c_str());
    return exit_code_of(report.kind);
}

Result<ExitCode> run_headroom(const RunCommandOptions& options, simulate::PlanSource source) {
    if (options.any_database) {
        return Error{ErrorKind::invalid_input,
                     "--headroom makes schema and history again for every step, and does not do "
                     "that to a database with other things in it; leave --any-database out"};
    }
    SimulationDisplay display;
    const std::string folder =
        options.out.empty() ? default_simulation_folder("headroom", source.file) : options.out;
    const simulate::HeadroomOptions headroom{
        .plan = std::move(source),
        .folder = folder,
        .speed = options.speed,
        .writer_command = own_writer_command(),
        .make_own_tables = make_own_tables,
        .progress =
            [&display](const simulate::SimulationProgress& progress) { display.show(progress); },
        .step_ended =
            [&display](const std::string& words) {
                display.wipe();
                std::fprintf(stderr, "%s\n", words.c_str());
            }};
    TIDEMARK_RETURN_IF_ERROR(simulate::run_headroom(headroom, stop_on_signal()));
    display.wipe();
    return report_on_headroom(headroom.folder);
}

Result<ExitCode> run_run(const RunCommandOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(simulate::PlanSource source,
                              options.plan.empty() ? simulate::usage_service_plan()
                                                   : simulate::read_plan_source(options.plan));
    TIDEMARK_ASSIGN_OR_RETURN(
        source, simulate::select_from_plan(std::move(source), selection_of(options.selection)));
    if (options.headroom) {
        return run_headroom(options, std::move(source));
    }
    SimulationDisplay display;
    const simulate::SimulationOptions simulation{
        .plan = source,
        .folder = options.out.empty() ? default_simulation_folder("simulation", source.file)
                                      : options.out,
        .speed = options.speed,
        .any_database = options.any_database,
        .writer_command = own_writer_command(),
        .make_own_tables = make_own_tables,
        .progress = [&display](const simulate::SimulationProgress& progress) {
            display.show(progress);
        }};
    TIDEMARK_RETURN_IF_ERROR(simulate::run_simulation(simulation, stop_on_signal()));
    display.wipe();
    return report_on(simulation.folder);
}

// What `simulate run PLAN` and `simulate --services=...` have in common.
void add_run_options(CLI::App& command, RunCommandOptions& options, const char* default_speed) {
    add_selection_options(command, options.selection);
    command
        .add_option("--speed",
                    options.speed,
                    fmt::format("simulated seconds in a second (default: {})", default_speed))
        ->check(CLI::Range(0.01, 100'000.0));
    command.add_option("--out", options.out, "the run's folder (default simulation-NAME-TIME)");
}

void add_run_command(CLI::App& simulate, Invocation& invocation) {
    auto options = std::make_shared<RunCommandOptions>();
    CLI::App* run = simulate.add_subcommand("run", "run a plan against a database and judge it");
    run->footer(footer);
    run->add_option("PLAN", options->plan, "the plan's file")->required();
    add_run_options(*run, *options, "the plan's");
    run->add_flag("--any-database",
                  options->any_database,
                  "write into a database that is not empty and was not made by a simulation");
    run->add_flag("--headroom",
                  options->headroom,
                  "run multiples of the load until the largest is known that holds");
    run->callback(
        [options, &invocation] { invocation.action = [options] { return run_run(*options); }; });
}

// `tidemark simulate --services=aggregations,media_library --runs_per_hour=2`: the shipped plan.
void add_shipped_run(CLI::App& simulate, Invocation& invocation) {
    auto options = std::make_shared<RunCommandOptions>();
    options->speed = shipped_speed;
    add_run_options(simulate, *options, "60");
    simulate.callback([options, &simulate, &invocation] {
        if (!simulate.get_subcommands().empty()) {
            return;
        }
        if (options->selection.services.empty()) {
            throw CLI::RequiredError("a subcommand, or --services,");
        }
        invocation.action = [options] { return run_run(*options); };
    });
}

}  // namespace

void add_selection_options(CLI::App& command, SelectionOptions& options) {
    command
        .add_option("--services",
                    options.services,
                    "only the writers of these services, separated by commas")
        ->delimiter(',');
    command
        .add_option("--runs_per_hour,--runs-per-hour",
                    options.runs_per_hour,
                    "how often each of the writers runs that have runs_per_hour in the plan")
        ->check(CLI::Range(0.001, 3'600'000.0));
}

simulate::PlanSelection selection_of(const SelectionOptions& options) {
    simulate::PlanSelection selection{.services = options.services, .runs_per_hour = {}};
    if (options.runs_per_hour > 0) {
        selection.runs_per_hour = options.runs_per_hour;
    }
    return selection;
}

void add_simulate_run_commands(CLI::App& simulate, Invocation& invocation) {
    add_run_command(simulate, invocation);
    add_shipped_run(simulate, invocation);

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
