#include <memory>

#include <CLI/CLI.hpp>

#include "cli/batch_sending.h"
#include "cli/command.h"
#include "cli/correction_options.h"
#include "cli/store_location.h"

namespace tidemark {

namespace {

struct ReplaceOptions {
    StoreOptions store;
    BatchFile file;
    CorrectionNote note;
    std::string batch;
    std::string key;
    bool json = false;
};

constexpr const char* footer =
    "Takes the batch back and stores FILE in its place, in one transaction: whoever reads sees "
    "the\n"
    "one or the other. FILE holds rows as tidemark batch takes them or, with --lines, log lines "
    "of\n"
    "the batch's feed. A batch is replaced once; the replacement may be replaced in turn. The "
    "same\n"
    "command again gives the same receipts; another file is refused (exit 3).\n"
    "\n"
    "Examples:\n"
    "  tidemark replace cdn:812 right.csv --reason 'bytes were in KiB'\n"
    "  tidemark replace cdn:813 --lines access.log.gz --reason 'the first delivery was cut off'";

Result<ExitCode> run_replace(const ReplaceOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    TIDEMARK_ASSIGN_OR_RETURN(const BatchName name, BatchName::parse(options.batch));
    TIDEMARK_RETURN_IF_ERROR(check_note(options.note));
    BatchJob job{
        .dataset = name.dataset,
        .feed = {},
        .key = options.key,
        .covers = {},
        .correction = BatchCorrection{
            .kind = CorrectionKind::replaced, .batch_seq = name.batch_seq, .note = options.note}};
    return send_file(options.file,
                     std::move(job),
                     store_url(options.store.store, configuration),
                     configuration,
                     options.json);
}

}  // namespace

void add_replace_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<ReplaceOptions>();
    CLI::App* command =
        app.add_subcommand("replace", "take a batch back and store another in its place");
    command->footer(footer);
    add_store_options(*command, options->store);
    add_note_options(*command, options->note);
    command->add_flag("--lines", options->file.lines, "FILE holds log lines, not rows");
    add_feed_options(*command, options->file.feed);
    command->add_option(
        "--key", options->key, "names the new batch (default: 'replacement of BATCH')");
    command->add_flag("--json", options->json, "print both receipts as JSON");
    command->add_option("BATCH", options->batch, "DATASET:NUMBER, as tidemark batches lists it")
        ->required();
    command
        ->add_option("FILE", options->file.path, "what it should have been, - for standard input")
        ->required();
    command->callback([options, &invocation] {
        invocation.action = [options] { return run_replace(*options); };
    });
}

}  // namespace tidemark
