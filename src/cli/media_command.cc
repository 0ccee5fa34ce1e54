#include <chrono>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/stop_signal.h"
#include "cli/store_location.h"
#include "store/postgres/postgres_query.h"
#include "worker/media.h"

namespace tidemark {

namespace {

struct MediaOptions {
    StoreOptions store;
    std::string input;
    std::string dataset;
    std::string feed;
    std::string format = "auto";
    std::string covers;
    std::int64_t rows_max = 2000;
    std::int64_t every_ms = 500;
    bool follow = false;
    bool poll = false;
    bool once = false;
    bool ack = false;
};

constexpr const char* footer =
    "NDJSON: {\"subject\":\"4f1c02aa\",\"metric\":\"bytes_stored\",\"value\":812345,\n"
    "         \"observed_at\":\"2026-11-22T10:00:00Z\"}, or each metric under its own name.\n"
    "CSV: a header of subject, observed_at, and metric with value or the metrics' names.\n"
    "Whatever is sent again counts once, so a worker that was killed is simply started again.\n"
    "--ack prints a line of JSON for each chunk, after its commit.\n"
    "\n"
    "Examples:\n"
    "  tidemark media events.ndjson\n"
    "  library-events | tidemark media --follow --ack --rows 2000 --every-ms 500\n"
    "  tidemark media --poll --config tidemark.toml   # [media.source] url, query, every\n"
    "  tidemark generate --format media_events --lines 2000 | tidemark media -";

void print_ack(const CommittedChunk& chunk) {
    const nlohmann::ordered_json line = {{"sequence", chunk.number},
                                         {"batch_seq", chunk.stored.receipt.batch_seq},
                                         {"accepted", chunk.counts.accepted},
                                         {"rejected", chunk.counts.rejected},
                                         {"last_line", chunk.last_line},
                                         {"already_stored", chunk.stored.already_stored}};
    std::fputs((line.dump() + "\n").c_str(), stdout);
    std::fflush(stdout);
}

void print_totals(const MediaTotals& totals) {
    std::string reasons;
    for (const auto& [reason, count] : totals.rejected_by_reason) {
        reasons += fmt::format("{}{} {}", reasons.empty() ? " (" : ", ", reason, count);
    }
    std::fprintf(stderr,
                 "%s\n",
                 fmt::format("media: {} chunks, {} events received, {} accepted, {} rejected{}",
                             totals.chunks,
                             totals.counts.lines - totals.counts.comments,
                             totals.counts.accepted,
                             totals.counts.rejected,
                             reasons.empty() ? "" : reasons + ")")
                     .c_str());
}

Result<MediaJob> job_of(const MediaOptions& options, const Configuration& configuration) {
    const MediaConfiguration& media = configuration.media;
    TIDEMARK_ASSIGN_OR_RETURN(
        const Dataset dataset,
        configuration.require_dataset(options.dataset.empty() ? media.dataset : options.dataset));
    if (dataset.kind() != DatasetKind::gauge) {
        return Error{
            ErrorKind::invalid_input,
            fmt::format("dataset '{}': it is a counter, and media stores gauges", dataset.name())};
    }
    MediaJob job{.dataset = dataset,
                 .feed = options.feed.empty() ? media.feed : options.feed,
                 .source = options.poll ? "[media.source]" : options.input,
                 .rows_max = static_cast<std::size_t>(options.rows_max),
                 .every = std::nullopt,
                 .covers = {},
                 .patience = std::chrono::seconds(30)};
    if (options.follow) {
        job.every = std::chrono::milliseconds(options.every_ms);
    }
    if (options.follow || (options.poll && !options.once)) {
        job.patience.reset();
    }
    if (!options.covers.empty()) {
        Result<SlotRange> range = SlotRange::parse(options.covers);
        if (!range.has_value()) {
            return with_context("--covers", std::move(range).error());
        }
        job.covers.add(*range);
    }
    return job;
}

Result<EventParser> parser_of(const MediaOptions& options,
                              const MediaJob& job,
                              const Clock& clock) {
    TIDEMARK_ASSIGN_OR_RETURN(EventParser parser, EventParser::make(job.dataset, clock));
    if (options.format == "ndjson" || options.format == "csv") {
        parser.set_format(options.format == "csv" ? EventFormat::csv : EventFormat::ndjson);
    } else if (options.format != "auto") {
        return Error{
            ErrorKind::invalid_input,
            fmt::format("--input-format '{}': expected auto, ndjson or csv", options.format)};
    }
    return parser;
}

Result<void> check(const MediaOptions& options, const Configuration& configuration) {
    const auto wrong = [](std::string message) {
        return Error{ErrorKind::invalid_input, std::move(message)};
    };
    if (options.poll == !options.input.empty()) {
        return wrong("media: give a file, - for standard input, or --poll for [media.source]");
    }
    if (options.poll && options.follow) {
        return wrong("media: --follow is for streams; a poll follows its schedule");
    }
    if (options.follow && !options.covers.empty()) {
        return wrong("media: a stream covers the days on which it runs; leave out --covers");
    }
    if (options.poll &&
        (configuration.media.source_url.empty() || configuration.media.source_query.empty())) {
        return wrong("media: --poll needs url and query in [media.source] of the configuration");
    }
    return {};
}

Result<MediaTotals> poll(const MediaOptions& options,
                         const MediaJob& job,
                         const Configuration& configuration,
                         const StoreOpener& opener,
                         const Clock& clock,
                         const ChunkListener& listener) {
    Result<PollSchedule> schedule = PollSchedule::parse(configuration.media.source_every);
    if (!schedule.has_value()) {
        return with_context("[media.source] every", std::move(schedule).error());
    }
    const std::unique_ptr<RowQuery> query =
        make_postgres_query(configuration.media.source_url, configuration.media.source_query);
    return poll_media(job,
                      opener,
                      clock,
                      *query,
                      options.once ? nullptr : &*schedule,
                      stop_on_signal(),
                      listener);
}

Result<ExitCode> run_media(const MediaOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    TIDEMARK_RETURN_IF_ERROR(check(options, configuration));
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(const MediaJob job, job_of(options, configuration));
    TIDEMARK_ASSIGN_OR_RETURN(EventParser parser, parser_of(options, job, clock));
    const std::string url = store_url(options.store.store, configuration);
    TIDEMARK_RETURN_IF_ERROR(open_prepared_store(url, configuration, clock));
    const StoreOpener opener = [&url, &clock] { return open_store(url, clock); };
    const ChunkListener listener = [&options](const CommittedChunk& chunk) {
        if (options.ack) {
            print_ack(chunk);
        }
    };
    static const std::atomic<bool> never{false};
    Result<MediaTotals> totals{MediaTotals{}};
    if (options.poll) {
        totals = poll(options, job, configuration, opener, clock, listener);
    } else {
        TIDEMARK_ASSIGN_OR_RETURN(
            const std::unique_ptr<EventInput> input,
            options.follow ? open_event_stream(options.input) : open_event_file(options.input));
        totals = store_media_lines(job,
                                   opener,
                                   clock,
                                   *input,
                                   std::move(parser),
                                   options.follow ? stop_on_signal() : never,
                                   listener);
    }
    TIDEMARK_RETURN_IF_ERROR(totals);
    print_totals(*totals);
    return ExitCode::done;
}

}  // namespace

void add_media_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<MediaOptions>();
    CLI::App* command =
        app.add_subcommand("media", "store events of a media library: what each site stores");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_option("--dataset", options->dataset, "the gauge (default media_storage)");
    command->add_option("--feed", options->feed, "the feed (default media)");
    command->add_option(
        "--input-format", options->format, "auto, ndjson or csv (default auto: by the first line)");
    command->add_flag("--follow", options->follow, "go on reading a stream until it ends");
    command->add_option("--rows", options->rows_max, "commit after so many events (default 2000)")
        ->check(CLI::Range(1, 1'000'000));
    command
        ->add_option("--every-ms",
                     options->every_ms,
                     "with --follow: commit what has waited so long (default 500)")
        ->check(CLI::Range(1, 3'600'000));
    command->add_flag("--poll", options->poll, "ask [media.source] of the configuration instead");
    command->add_flag("--once", options->once, "with --poll: once, not by its schedule");
    command->add_flag("--ack", options->ack, "print a line for each committed chunk");
    command->add_option(
        "--covers", options->covers, "declare these days complete: a day, or FROM/TO");
    command->add_option("FILE", options->input, "events (plain, gzip, zstd), - for standard input");
    command->callback(
        [options, &invocation] { invocation.action = [options] { return run_media(*options); }; });
}

}  // namespace tidemark
