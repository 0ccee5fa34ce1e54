#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/batch_sending.h"
#include "cli/command.h"
#include "cli/correction_options.h"
#include "cli/store_location.h"
#include "report/ledger_report.h"

namespace tidemark {

namespace {

struct RejectedOptions {
    StoreOptions store;
    RejectedQuery query{
        .batches = {.dataset = "cdn", .limit = 1000}, .batch_seq = {}, .reason = {}};
    std::string batch;
    BatchFile replayed;
    CorrectionNote note{.reason = "rejected rows, mended", .by = name_of_user()};
    bool json = false;
};

constexpr const char* footer =
    "Of the newest batches: how many lines were rejected for which reason, from which source, and\n"
    "some of them. What was refused as a whole was never stored and is not here.\n"
    "\n"
    "With --replay, FILE holds the rejected rows of a batch once more, mended: rows as tidemark "
    "batch\n"
    "takes them or, with --lines, log lines of the batch's feed. They are stored as a batch of "
    "their\n"
    "own, which says of which batch they are. The same file again counts once.\n"
    "\n"
    "Examples:\n"
    "  tidemark rejected --dataset cdn --feed fastly\n"
    "  tidemark rejected --batch cdn:812 --reason bad_time --samples 300\n"
    "  tidemark rejected --batch cdn:812 --lines --replay mended.log --note 'clock was set'";

Result<ExitCode> replay(const RejectedOptions& options, const Configuration& configuration) {
    if (options.batch.empty()) {
        return Error{ErrorKind::invalid_input,
                     "--replay: needs --batch, the batch in which the rows were rejected"};
    }
    TIDEMARK_RETURN_IF_ERROR(check_note(options.note));
    BatchJob job{.dataset = options.query.batches.dataset,
                 .feed = {},
                 .key = {},
                 .covers = {},
                 .correction = BatchCorrection{.kind = CorrectionKind::replayed,
                                               .batch_seq = options.query.batch_seq.value_or(0),
                                               .note = options.note}};
    BatchFile file = options.replayed;
    file.feed.feed = options.query.batches.feed;
    return send_file(file,
                     std::move(job),
                     store_url(options.store.store, configuration),
                     configuration,
                     options.json);
}

Result<ExitCode> run_rejected(RejectedOptions options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    if (!options.batch.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(const BatchName name, BatchName::parse(options.batch));
        options.query.batches.dataset = name.dataset;
        options.query.batch_seq = name.batch_seq;
    }
    TIDEMARK_RETURN_IF_ERROR(configuration.require_dataset(options.query.batches.dataset));
    if (!options.replayed.path.empty()) {
        return replay(options, configuration);
    }
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_existing_store(store_url(options.store.store, configuration), clock));
    TIDEMARK_ASSIGN_OR_RETURN(const RejectedList list, find_rejected(*store, options.query));
    const LedgerFormat format = options.json ? LedgerFormat::json : LedgerFormat::table;
    std::fputs(format_rejected(list, format).c_str(), stdout);
    return ExitCode::done;
}

}  // namespace

void add_rejected_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<RejectedOptions>();
    CLI::App* command = app.add_subcommand("rejected", "what was rejected, and why");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_option("--dataset", options->query.batches.dataset, "the dataset (default cdn)");
    command->add_option("--feed", options->query.batches.feed, "only this feed");
    command->add_option("--batch", options->batch, "only this batch, DATASET:NUMBER");
    command->add_option("--reason", options->query.reason, "only this reason");
    command
        ->add_option(
            "--limit", options->query.batches.limit, "look at the newest N batches (default 1000)")
        ->check(CLI::Range(1, 1000000));
    command->add_option("--samples", options->query.samples_max, "at most N lines (default 20)")
        ->check(CLI::Range(0, 1000000));
    command->add_option(
        "--replay", options->replayed.path, "send this file's mended rows for --batch");
    command->add_flag(
        "--lines", options->replayed.lines, "with --replay: the file holds log lines, not rows");
    command->add_option("--max-rejected",
                        options->replayed.feed.max_rejected,
                        "with --replay: let this share of rejected rows pass (default 0%)");
    command->add_option(
        "--note", options->note.reason, "with --replay: why (default: 'rejected rows, mended')");
    command->add_option("--by", options->note.by, "with --replay: who (default USER@MACHINE)");
    command->add_flag("--json", options->json, "as JSON");
    command->callback([options, &invocation] {
        invocation.action = [options] { return run_rejected(*options); };
    });
}

}  // namespace tidemark
