#include <cstdio>
#include <limits>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/day_option.h"
#include "cli/store_location.h"
#include "report/ledger_report.h"

namespace tidemark {

namespace {

struct BatchesOptions {
    StoreOptions store;
    BatchQuery query{.dataset = "cdn"};
    std::string day;
    bool json = false;
};

constexpr const char* footer =
    "The newest first, with what was done about each: who took it back or replaced it, and why.\n"
    "\n"
    "Examples:\n"
    "  tidemark batches --dataset cdn --feed fastly --day 2026-11-21\n"
    "  tidemark batches --dataset ping --limit 5 --json | jq '.batches[].totals'";

Result<ExitCode> run_batches(BatchesOptions options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    TIDEMARK_ASSIGN_OR_RETURN(const Dataset dataset,
                              configuration.require_dataset(options.query.dataset));
    TIDEMARK_ASSIGN_OR_RETURN(options.query.day, read_day("--day", options.day));
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_existing_store(store_url(options.store.store, configuration), clock));
    BatchList list{.dataset = dataset, .receipts = {}, .corrections = {}};
    TIDEMARK_ASSIGN_OR_RETURN(list.receipts, store->find_batches(options.query));
    TIDEMARK_ASSIGN_OR_RETURN(
        list.corrections,
        store->corrections(dataset.name(), 1, std::numeric_limits<std::int64_t>::max()));
    const LedgerFormat format = options.json ? LedgerFormat::json : LedgerFormat::table;
    std::fputs(format_batches(list, format).c_str(), stdout);
    return ExitCode::done;
}

}  // namespace

void add_batches_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<BatchesOptions>();
    CLI::App* command = app.add_subcommand("batches", "what was stored, and what was corrected");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_option("--dataset", options->query.dataset, "the dataset (default cdn)");
    command->add_option("--feed", options->query.feed, "only this feed");
    command->add_option(
        "--day", options->day, "only batches with rows of this UTC day, YYYY-MM-DD");
    command->add_option("--limit", options->query.limit, "the newest N (default 20)")
        ->check(CLI::Range(1, 1000000));
    command->add_flag("--json", options->json, "as JSON");
    command->callback([options, &invocation] {
        invocation.action = [options] { return run_batches(*options); };
    });
}

}  // namespace tidemark
