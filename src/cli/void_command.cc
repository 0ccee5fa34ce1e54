#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/correction_options.h"
#include "cli/store_location.h"
#include "report/ledger_report.h"

namespace tidemark {

namespace {

struct VoidOptions {
    StoreOptions store;
    CorrectionNote note;
    std::string batch;
    bool json = false;
};

constexpr const char* footer =
    "History is kept: a further batch with the rows negated takes the batch back, and every total\n"
    "is exact at once. A batch can be taken back once, while its rows are retained; voiding the\n"
    "batch that took it back brings it in again. Safe to repeat.\n"
    "\n"
    "Examples:\n"
    "  tidemark void cdn:812 --reason 'counted twice: the relay sent it under two feeds'\n"
    "  tidemark void cdn:813 --reason 'cdn:812 was right after all' --by billing@example.org";

Result<ExitCode> run_void(const VoidOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    TIDEMARK_ASSIGN_OR_RETURN(const BatchName name, BatchName::parse(options.batch));
    TIDEMARK_ASSIGN_OR_RETURN(const Dataset dataset, configuration.require_dataset(name.dataset));
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_existing_store(store_url(options.store.store, configuration), clock));
    TIDEMARK_ASSIGN_OR_RETURN(
        const StoredBatch stored,
        store->void_batch(
            name.dataset, name.batch_seq, "void of " + name.to_string(), options.note));
    if (options.json) {
        std::fputs(receipt_json(dataset, stored).c_str(), stdout);
    } else {
        fmt::print("{} {} by {}:{}: {} rows\n",
                   name.to_string(),
                   stored.already_stored ? "was taken back before," : "is taken back",
                   name.dataset,
                   stored.receipt.batch_seq,
                   stored.receipt.row_count);
    }
    return ExitCode::done;
}

}  // namespace

void add_void_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<VoidOptions>();
    CLI::App* command = app.add_subcommand("void", "take a batch back");
    command->footer(footer);
    add_store_options(*command, options->store);
    add_note_options(*command, options->note);
    command->add_flag("--json", options->json, "print the receipt as JSON");
    command->add_option("BATCH", options->batch, "DATASET:NUMBER, as tidemark batches lists it")
        ->required();
    command->callback(
        [options, &invocation] { invocation.action = [options] { return run_void(*options); }; });
}

}  // namespace tidemark
