#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/day_option.h"
#include "cli/store_location.h"
#include "report/ledger_report.h"

namespace tidemark {

namespace {

struct AdjustmentsOptions {
    StoreOptions store;
    AdjustmentQuery query{.dataset = "cdn", .limit = 1000};
    std::string batch;
    std::string day;
    bool json = false;
};

constexpr const char* footer =
    "Rows of frozen days that were booked when they arrived (freeze_policy = \"adjust\"): each "
    "with\n"
    "the slot to which it belongs and the slot in which it counts. What a void took back is "
    "listed\n"
    "with its sign turned, so that the sum of a slot is what was moved for good.\n"
    "\n"
    "Examples:\n"
    "  tidemark adjustments --dataset cdn --day 2026-10-04\n"
    "  tidemark adjustments --batch cdn:812 --json | jq '.adjustments[].totals'";

Result<ExitCode> run_adjustments(AdjustmentsOptions options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    if (!options.batch.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(BatchName batch, BatchName::parse(options.batch));
        options.query.dataset = std::move(batch.dataset);
        options.query.batch_seq = batch.batch_seq;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const Dataset dataset,
                              configuration.require_dataset(options.query.dataset));
    TIDEMARK_ASSIGN_OR_RETURN(options.query.day, read_day("--day", options.day));
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_existing_store(store_url(options.store.store, configuration), clock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Adjustment> links,
                              store->adjustments(options.query));
    const LedgerFormat format = options.json ? LedgerFormat::json : LedgerFormat::table;
    std::fputs(format_adjustments(dataset, links, format).c_str(), stdout);
    return ExitCode::done;
}

}  // namespace

void add_adjustments_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<AdjustmentsOptions>();
    CLI::App* command =
        app.add_subcommand("adjustments", "rows of frozen days that were booked later");
    command->footer(footer);
    add_store_options(*command, options->store);
    CLI::Option* dataset =
        command->add_option("--dataset", options->query.dataset, "the dataset (default cdn)");
    command->add_option("--batch", options->batch, "only of this batch, DATASET:NUMBER")
        ->excludes(dataset);
    command->add_option(
        "--day", options->day, "only what belongs to this UTC day or was booked on it, YYYY-MM-DD");
    command->add_option("--subject", options->query.subject, "only of this subject");
    command->add_option("--limit", options->query.limit, "the first N (default 1000)")
        ->check(CLI::Range(1, 1000000000));
    command->add_flag("--json", options->json, "as JSON");
    command->callback([options, &invocation] {
        invocation.action = [options] { return run_adjustments(*options); };
    });
}

}  // namespace tidemark
