#include <memory>

#include <CLI/CLI.hpp>

#include "cli/batch_sending.h"
#include "cli/command.h"
#include "cli/store_location.h"

namespace tidemark {

namespace {

struct BatchOptions {
    StoreOptions store;
    BatchFile file;
    std::string dataset;
    std::string feed;
    std::string key;
    std::string covers;
    bool json = false;
};

constexpr const char* footer =
    "Stores rows that are summed up already as one batch: history of any length, in bounded "
    "memory.\n"
    "FILE is CSV with a header line or one JSON object a line; plain, gzip or zstd. Columns go by\n"
    "name: the subject (site_id, or subject), every metric, and either date (a UTC day) or slot\n"
    "(the instant at which a half hour begins). Rows of equal keys are added up.\n"
    "\n"
    "The key names the batch for ever. The same key and content again gives the first receipt; "
    "the\n"
    "same key with other content is refused (exit 3). The order of the rows, and how the file is\n"
    "packed, is not content. One rejected row refuses the file, unless --max-rejected lets it "
    "pass.\n"
    "\n"
    "Examples:\n"
    "  tidemark batch --dataset cdn --feed history --key cdn-2023 usage-2023.csv.gz\n"
    "  tidemark batch --dataset ping --feed archive --key 2026-11 --max-rejected 0.1% rows.ndjson\n"
    "  psql -c 'COPY (SELECT ...) TO STDOUT CSV HEADER' | \\\n"
    "    tidemark batch --dataset cdn --feed old --key export-1 --json - | jq .content_hash";

Result<ExitCode> run_batch(const BatchOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    BatchJob job{.dataset = options.dataset,
                 .feed = options.feed,
                 .key = options.key,
                 .covers = {},
                 .correction = {}};
    if (options.feed.empty() || options.key.empty()) {
        return Error{ErrorKind::invalid_input, "--feed, --key: neither may be empty"};
    }
    if (!options.covers.empty()) {
        Result<SlotRange> range = SlotRange::parse(options.covers);
        if (!range.has_value()) {
            return with_context("--covers", std::move(range).error());
        }
        job.covers.add(*range);
    }
    return send_file(options.file,
                     std::move(job),
                     store_url(options.store.store, configuration),
                     configuration,
                     options.json);
}

}  // namespace

void add_batch_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<BatchOptions>();
    CLI::App* command =
        app.add_subcommand("batch", "store rows that are summed up already, as one batch");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_option("--dataset", options->dataset, "the dataset")->required();
    command->add_option("--feed", options->feed, "whose rows they are")->required();
    command->add_option("--key", options->key, "names the batch, for ever")->required();
    command->add_option("--covers",
                        options->covers,
                        "declare these slots complete: a day, or FROM/TO with half hours of UTC");
    command->add_option("--max-rejected",
                        options->file.feed.max_rejected,
                        "let this share of rejected rows pass, as in 0.5% (default 0%)");
    command->add_flag("--json", options->json, "print the receipt as JSON");
    command->add_option("FILE", options->file.path, "the rows, - for standard input")->required();
    command->callback(
        [options, &invocation] { invocation.action = [options] { return run_batch(*options); }; });
}

}  // namespace tidemark
