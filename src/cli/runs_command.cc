#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/day_option.h"
#include "cli/store_location.h"
#include "report/ledger_report.h"

namespace tidemark {

namespace {

struct RunsOptions {
    StoreOptions store;
    RunQuery query;
    std::string day;
    bool json = false;
};

constexpr const char* footer =
    "The newest first, then for each job, dataset and feed how many of them failed or never "
    "ended,\n"
    "how long they took and how many rows one wrote. A run that is silent has given no sign of\n"
    "life for more than a minute: it was killed, or it hangs.\n"
    "\n"
    "Examples:\n"
    "  tidemark runs --job aggregate --day 2026-11-21\n"
    "  tidemark runs --dataset cdn --feed fastly --limit 100\n"
    "  tidemark runs --json | jq '.runs[] | select(.silent)'";

Result<ExitCode> run_runs(RunsOptions options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    TIDEMARK_ASSIGN_OR_RETURN(options.query.day, read_day("--day", options.day));
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_existing_store(store_url(options.store.store, configuration), clock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Run> runs, store->find_runs(options.query));
    const LedgerFormat format = options.json ? LedgerFormat::json : LedgerFormat::table;
    std::fputs(format_runs(runs, clock.now(), format).c_str(), stdout);
    return ExitCode::done;
}

}  // namespace

void add_runs_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<RunsOptions>();
    CLI::App* command = app.add_subcommand("runs", "what the workers did, and how long it took");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_option(
        "--job", options->query.job, "only this job: aggregate, batch, compact ...");
    command->add_option("--dataset", options->query.dataset, "only this dataset");
    command->add_option("--feed", options->query.feed, "only this feed");
    command->add_option("--day", options->day, "only runs that began on this UTC day, YYYY-MM-DD");
    command->add_option("--limit", options->query.limit, "the newest N (default 20)")
        ->check(CLI::Range(1, 1000000));
    command->add_flag("--json", options->json, "as JSON");
    command->callback(
        [options, &invocation] { invocation.action = [options] { return run_runs(*options); }; });
}

}  // namespace tidemark
