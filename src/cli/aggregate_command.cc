#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/aggregate_report.h"
#include "cli/command.h"
#include "cli/feed_options.h"
#include "cli/input_files.h"
#include "cli/progress_bar.h"
#include "cli/store_location.h"
#include "worker/aggregate.h"

namespace tidemark {

namespace {

struct AggregateOptions {
    StoreOptions store;
    FeedOptions feed;
    std::vector<std::string> inputs;
    std::string covers;
    int threads = 0;
    bool dry_run = false;
    bool json = false;
};

constexpr const char* footer =
    "A file is a batch; the digest of its content is its key. A file handed over again, under\n"
    "another name or packed otherwise, counts once, so an interrupted run is simply started "
    "again.\n"
    "\n"
    "Examples:\n"
    "  tidemark aggregate --feed fastly logs/*.log.gz\n"
    "  tidemark aggregate --format combined --subject path:1 --covers 2026-11-01 access.log\n"
    "  tidemark aggregate --dry-run --json --format cloudfront --subject host logs/ | jq .totals\n"
    "  zcat big.log.gz | tidemark aggregate --dry-run --format w3c --subject query:site -";

// Spreads the threads over the files at once and the pieces of each.
void share_threads(const AggregateOptions& options, Reading& reading, AggregateJob& job) {
    const int wanted = options.threads > 0
                           ? options.threads
                           : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    job.files_at_once =
        std::min(wanted, static_cast<int>(std::max<std::size_t>(job.files.size(), 1)));
    reading.threads = std::max(1, wanted / job.files_at_once);
}

ExitCode worst_exit_code(const std::vector<FileOutcome>& outcomes) {
    ExitCode code = ExitCode::done;
    for (const FileOutcome& outcome : outcomes) {
        if (outcome.error.has_value() && code != ExitCode::failed) {
            code = exit_code_of(outcome.error->kind);
        }
    }
    return code;
}

Result<AggregateJob> job_of(const AggregateOptions& options, const ChosenFeed& chosen) {
    AggregateJob job{.dataset = chosen.feed.dataset,
                     .feed = chosen.name,
                     .files = {},
                     .covers = {},
                     .rejected_share_max = chosen.feed.rejected_share_max};
    TIDEMARK_ASSIGN_OR_RETURN(job.files, expand_inputs(options.inputs));
    if (!options.covers.empty()) {
        Result<SlotRange> range = SlotRange::parse(options.covers);
        if (!range.has_value()) {
            return with_context("--covers", std::move(range).error());
        }
        job.covers.add(*range);
    }
    return job;
}

Result<ExitCode> run_aggregate(const AggregateOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    TIDEMARK_ASSIGN_OR_RETURN(ChosenFeed chosen, choose_feed(options.feed, configuration));
    TIDEMARK_ASSIGN_OR_RETURN(AggregateJob job, job_of(options, chosen));
    std::unique_ptr<FileCoverage> file_coverage;
    if (!chosen.feed.covers_pattern.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(file_coverage, FileCoverage::make(chosen.feed.covers_pattern));
        job.file_coverage = file_coverage.get();
    }
    share_threads(options, chosen.feed.reading, job);
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader,
                              LogReader::make(chosen.feed.reading, clock));
    ProgressBar bar(total_size_bytes(job.files));
    const AggregateListener listener{
        .progress = [&bar](const std::string& file,
                           const ReadingProgress& progress) { bar.show(file, progress); },
        .file_done =
            [&bar](const FileOutcome& outcome) {
                bar.wipe();
                std::fprintf(stderr,
                             "%s%s\n",
                             outcome.error.has_value() ? "tidemark: " : "",
                             describe_file(outcome).c_str());
            }};
    std::vector<FileOutcome> outcomes;
    if (options.dry_run) {
        outcomes = count_files(job, *reader, listener);
    } else {
        const std::string url = store_url(options.store.store, configuration);
        TIDEMARK_RETURN_IF_ERROR(open_prepared_store(url, configuration, clock));
        const StoreOpener opener = [&url, &clock] { return open_store(url, clock); };
        TIDEMARK_ASSIGN_OR_RETURN(outcomes, aggregate_files(job, *reader, opener, listener));
    }
    if (options.json) {
        const Dataset& dataset = *configuration.find_dataset(job.dataset);
        std::fputs(aggregate_json(dataset, outcomes).c_str(), stdout);
    }
    return worst_exit_code(outcomes);
}

}  // namespace

void add_aggregate_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<AggregateOptions>();
    CLI::App* command =
        app.add_subcommand("aggregate", "read raw logs of a feed and store them as batches");
    command->footer(footer);
    add_store_options(*command, options->store);
    add_feed_options(*command, options->feed);
    command->add_option("--covers",
                        options->covers,
                        "declare these slots complete: a day, or FROM/TO with half hours of UTC");
    command->add_option("--threads", options->threads, "threads in all (default: one a core)")
        ->check(CLI::Range(1, 256));
    command->add_flag("--dry-run", options->dry_run, "read and count, store nothing");
    command->add_flag("--json", options->json, "print what was read as JSON on standard output");
    command
        ->add_option(
            "FILE",
            options->inputs,
            "files (plain, gzip, zstd: told by content), directories, - for standard input")
        ->required();
    command->callback([options, &invocation] {
        invocation.action = [options] { return run_aggregate(*options); };
    });
}

}  // namespace tidemark
