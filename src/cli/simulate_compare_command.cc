#include "cli/simulate_compare_command.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/simulation_folders.h"
#include "cli/simulation_progress.h"
#include "cli/stop_signal.h"
#include "simulate/report/report_files.h"
#include "simulate/run/comparison_run.h"

namespace tidemark {

namespace {

constexpr const char* footer =
    "Both run by turns (A-B-B-A), with the same seed, each time on a new copy of a database that "
    "was\n"
    "prepared once, in a private PostgreSQL. What they cost (WAL, full-page images, HOT, sizes, "
    "leaf\n"
    "density) and how long they took (p99) is compared run by run; where the difference is within\n"
    "what two runs of one and the same plan differ by, it says \"no difference\".\n"
    "\n"
    "Examples:\n"
    "  tidemark simulate compare before.toml after.toml --speed 60\n"
    "  tidemark simulate compare plan.toml --schemas site_date.sql date_site.sql --json\n"
    "\n"
    "Leaves a folder with the folder of every run; simulate report makes its reports again. Exit\n"
    "codes: 0 compared, whatever was found; 12 too few pairs, after an interruption; 1, 2 and 3 "
    "as\n"
    "everywhere.";

struct CompareOptions {
    std::vector<std::string> plans;
    std::vector<std::string> schemas;
    std::string out;
    int pairs = simulate::pairs_least;
    double speed = 0;
    bool json = false;
};

std::string stem(const std::string& file) {
    return std::filesystem::path(file).stem().string();
}

Result<std::pair<simulate::Arm, simulate::Arm>> arms_of(const CompareOptions& options) {
    const bool two_plans = options.plans.size() == 2 && options.schemas.empty();
    const bool two_schemas = options.plans.size() == 1 && options.schemas.size() == 2;
    if (!two_plans && !two_schemas) {
        return Error{ErrorKind::invalid_input,
                     "compare: name two plans, or one plan and --schemas A.sql B.sql"};
    }
    if (two_plans) {
        return std::pair(
            simulate::Arm{.label = stem(options.plans[0]), .plan_file = options.plans[0]},
            simulate::Arm{.label = stem(options.plans[1]), .plan_file = options.plans[1]});
    }
    const auto arm = [&options](std::size_t place) {
        return simulate::Arm{.label = stem(options.schemas[place]),
                             .plan_file = options.plans[0],
                             .schema_file = options.schemas[place]};
    };
    return std::pair(arm(0), arm(1));
}

Result<ExitCode> run_compare(const CompareOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const auto arms, arms_of(options));
    const std::string folder = options.out.empty()
                                   ? default_simulation_folder("comparison", options.plans[0])
                                   : options.out;
    SimulationDisplay display;
    const simulate::ComparisonOptions comparison{
        .a = arms.first,
        .b = arms.second,
        .folder = folder,
        .pairs = options.pairs,
        .speed = options.speed,
        .writer_command = own_writer_command(),
        .progress = [&display](const simulate::SimulationProgress& progress) {
            display.show(progress);
        }};
    TIDEMARK_RETURN_IF_ERROR(simulate::run_comparison(comparison, stop_on_signal()));
    display.wipe();
    return report_on_comparison(folder, options.json);
}

}  // namespace

Result<ExitCode> report_on_comparison(const std::string& folder, bool json) {
    TIDEMARK_ASSIGN_OR_RETURN(const simulate::WrittenComparison report,
                              simulate::write_comparison_reports(folder));
    std::fputs((json ? report.json : report.text).c_str(), stdout);
    std::fprintf(stderr, "report: %s\n", report.html_file.c_str());
    return report.says_something ? ExitCode::done : ExitCode::invalid_measurement;
}

void add_simulate_compare_command(CLI::App& simulate, Invocation& invocation) {
    auto options = std::make_shared<CompareOptions>();
    CLI::App* compare = simulate.add_subcommand(
        "compare",
        "run two plans, or two schemas under one plan, by turns and tell the difference");
    compare->footer(footer);
    compare->add_option("PLAN", options->plans, "two plans, or one with --schemas")
        ->required()
        ->expected(1, 2);
    compare
        ->add_option("--schemas",
                     options->schemas,
                     "two files of statements, each in the place of the plan's [target] schema")
        ->expected(2);
    compare->add_option("--pairs", options->pairs, "pairs of runs (default 5)")
        ->check(CLI::Range(simulate::pairs_least, 1000));
    compare
        ->add_option(
            "--speed", options->speed, "simulated seconds in a second (default: the plan's)")
        ->check(CLI::Range(0.01, 100'000.0));
    compare->add_option("--out", options->out, "the folder (default comparison-NAME-TIME)");
    compare->add_flag("--json", options->json, "the result as JSON");
    compare->callback([options, &invocation] {
        invocation.action = [options] { return run_compare(*options); };
    });
}

}  // namespace tidemark
