// The main job on generated input: logs -> batches -> fold -> usage table.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/demo_texts.h"
#include "cli/feed_options.h"
#include "cli/store_location.h"
#include "generate/log_files.h"
#include "generate/log_generator.h"
#include "generate/media_events.h"
#include "report/text_table.h"
#include "report/usage_format.h"
#include "report/usage_report.h"
#include "worker/aggregate.h"
#include "worker/compact.h"
#include "worker/media.h"

namespace tidemark {

namespace {

namespace fs = std::filesystem;

struct DemoOptions {
    std::string directory = "tidemark-demo";
    std::int64_t lines = 600000;
    std::uint64_t seed = 1;
};

constexpr const char* footer =
    "Generates a fortnight of 300 sites: logs of two CDN feeds, player pings, and what a media\n"
    "library tells of them. Aggregates and stores all of it, hands one file over a second time,\n"
    "folds, and shows the usage. Everything stays in one folder; running it again counts nothing\n"
    "twice.\n"
    "\n"
    "Example:\n"
    "  tidemark demo --directory /tmp/tidemark-demo";

struct DemoFeed {
    const char* name;
    GeneratedFormat format;
    const char* dataset;
    const char* subject;
    std::int64_t share_percent;  // of the demo's lines
};

constexpr DemoFeed feeds[] = {{"fastly", GeneratedFormat::fastly, "cdn", "path:1", 50},
                              {"edgecast", GeneratedFormat::edgecast, "cdn", "path:1", 25},
                              {"ping", GeneratedFormat::ping, "ping", "query:aid", 25}};

// Of the media library.
constexpr std::int64_t library_events = 6000;

// What the demo knows without reading: the sums that the store must end up with.
struct Expected {
    GeneratedValues cdn{};
    GeneratedValues ping{};
    std::int64_t lines = 0;
};

class Demo {
 public:
    Demo(const DemoOptions& options, Configuration configuration)
        : options_(options),
          configuration_(std::move(configuration)),
          store_url_("sqlite:" + (fs::path(options.directory) / "usage.db").string()) {}

    Result<void> run() {
        TIDEMARK_RETURN_IF_ERROR(open_prepared_store(store_url_, configuration_, clock_));
        for (const DemoFeed& feed : feeds) {
            TIDEMARK_ASSIGN_OR_RETURN(const std::vector<std::string> files, generate(feed));
            TIDEMARK_RETURN_IF_ERROR(aggregate(feed, files));
            if (copied_file_.empty()) {
                TIDEMARK_RETURN_IF_ERROR(hand_over_again(feed, files[files.size() / 2]));
            }
        }
        TIDEMARK_RETURN_IF_ERROR(store_library());
        TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store,
                                  open_existing_store(store_url_, clock_));
        TIDEMARK_RETURN_IF_ERROR(fold(*store));
        TIDEMARK_RETURN_IF_ERROR(show_usage(*store));
        TIDEMARK_RETURN_IF_ERROR(check_against_truth(*store));
        show_next_steps();
        return {};
    }

 private:
    Result<std::vector<std::string>> generate(const DemoFeed& feed) {
        GenerateOptions lines;
        lines.format = feed.format;
        lines.seed = options_.seed + static_cast<std::uint64_t>(feed.format);
        lines.lines = options_.lines * feed.share_percent / 100;
        lines.from = from_;
        lines.to = to_;
        lines.threads = threads_;
        TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<LogGenerator> generator,
                                  LogGenerator::make(lines));
        const LogFilesOptions files_options{.directory = fs::path(options_.directory) / feed.name,
                                            .files_per_day = 4,
                                            .packing = Packing::gzip};
        GeneratedTruth truth;
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<GeneratedFile> files,
                                  write_log_files(*generator, files_options, &truth, {}));
        GeneratedValues& sums =
            feed.format == GeneratedFormat::ping ? expected_.ping : expected_.cdn;
        for (std::size_t metric = 0; metric < sums.size(); ++metric) {
            sums[metric] += truth.totals[metric];
        }
        expected_.lines += truth.lines;
        std::vector<std::string> paths;
        std::uint64_t size_bytes = 0;
        for (const GeneratedFile& file : files) {
            paths.push_back(file.path.string());
            size_bytes += file.size_bytes;
        }
        fmt::print("generated   {:<9} {} lines in {} files, {:.1f} MB of gzip\n",
                   feed.name,
                   with_thousands(std::to_string(truth.lines)),
                   files.size(),
                   static_cast<double>(size_bytes) / 1e6);
        return paths;
    }

    Result<std::vector<FileOutcome>> read_and_store(const DemoFeed& feed,
                                                    const std::vector<std::string>& files) {
        FeedOptions feed_options;
        feed_options.feed = feed.name;
        feed_options.dataset = feed.dataset;
        feed_options.format = to_string(feed.format);
        feed_options.subject = feed.subject;
        TIDEMARK_ASSIGN_OR_RETURN(const ChosenFeed chosen,
                                  choose_feed(feed_options, configuration_));
        TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader,
                                  LogReader::make(chosen.feed.reading, clock_));
        AggregateJob job{.dataset = feed.dataset,
                         .feed = feed.name,
                         .files = files,
                         .covers = {},
                         .files_at_once = threads_};
        job.covers.add(whole_range());
        TIDEMARK_ASSIGN_OR_RETURN(std::vector<FileOutcome> outcomes,
                                  aggregate_files(
                                      job,
                                      *reader,
                                      [this] { return open_store(store_url_, clock_); },
                                      AggregateListener{.progress = {}, .file_done = {}}));
        for (const FileOutcome& outcome : outcomes) {
            if (outcome.error.has_value()) {
                return with_context(outcome.file, *outcome.error);
            }
        }
        return outcomes;
    }

    Result<void> aggregate(const DemoFeed& feed, const std::vector<std::string>& files) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<FileOutcome> outcomes,
                                  read_and_store(feed, files));
        const DemoCounts counts = count_outcomes(outcomes);
        fmt::print("aggregated  {:<9} {}\n", feed.name, describe(counts));
        return {};
    }

    [[nodiscard]] SlotRange whole_range() const {
        return {.begin = Slot::of_day(from_, 0), .end = Slot::of_day(to_, 0)};
    }

    Result<std::string> generate_events() const {
        const std::string path = (fs::path(options_.directory) / "media_events.ndjson").string();
        std::ofstream file(path, std::ios::binary);
        TIDEMARK_RETURN_IF_ERROR(write_media_events(
            {.seed = options_.seed, .from = from_, .to = to_, .events = library_events},
            [&file](std::string_view block) -> Result<void> {
                file << block;
                return {};
            }));
        if (!file.flush()) {
            return Error{ErrorKind::unavailable, fmt::format("write {}: failed", path)};
        }
        return path;
    }

    // What the sites store, as their media library tells it.
    Result<void> store_library() {
        TIDEMARK_ASSIGN_OR_RETURN(const std::string path, generate_events());
        MediaJob job{.dataset = *configuration_.find_dataset("media_storage"),
                     .feed = "media",
                     .source = path,
                     .every = std::nullopt,
                     .covers = {},
                     .patience = std::chrono::seconds(30)};
        job.covers.add(whole_range());
        TIDEMARK_ASSIGN_OR_RETURN(EventParser parser, EventParser::make(job.dataset, clock_));
        TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<EventInput> input, open_event_file(path));
        const std::atomic<bool> stop = false;
        TIDEMARK_ASSIGN_OR_RETURN(const MediaTotals totals,
                                  store_media_lines(
                                      job,
                                      [this] { return open_store(store_url_, clock_); },
                                      clock_,
                                      *input,
                                      std::move(parser),
                                      stop,
                                      [](const CommittedChunk&) {}));
        fmt::print("stored      {:<9} {} events: {} accepted, {} rejected\n",
                   job.feed,
                   with_thousands(std::to_string(totals.counts.lines)),
                   with_thousands(std::to_string(totals.counts.accepted)),
                   with_thousands(std::to_string(totals.counts.rejected)));
        return {};
    }

    // The same content under another name.
    Result<void> hand_over_again(const DemoFeed& feed, const std::string& file) {
        const fs::path path(file);
        copied_file_ = (path.parent_path() / ("delivered-again-" + path.filename().string()));
        std::error_code code;
        fs::copy_file(path, copied_file_, fs::copy_options::overwrite_existing, code);
        if (code) {
            return Error{ErrorKind::unavailable,
                         fmt::format("copy to {}: {}", copied_file_.string(), code.message())};
        }
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<FileOutcome> outcomes,
                                  read_and_store(feed, {copied_file_.string()}));
        if (!outcomes.front().already_stored) {
            return Error{ErrorKind::corrupt,
                         fmt::format("{}: the same content counted twice", copied_file_.string())};
        }
        fmt::print(
            "again       {:<9} one file came a second time under another name: already "
            "stored, not counted\n",
            feed.name);
        return {};
    }

    static Result<void> fold(Store& store) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<DatasetFold> folds, fold_datasets(store, {}));
        for (const DatasetFold& fold : folds) {
            if (fold.outcome.batch_count == 0) {
                fmt::print("folded      {:<9} nothing left to fold\n", fold.dataset);
                continue;
            }
            fmt::print("folded      {:<9} {} batches into {} daily rows\n",
                       fold.dataset,
                       fold.outcome.batch_count,
                       with_thousands(std::to_string(fold.outcome.daily_row_count)));
        }
        return {};
    }

    [[nodiscard]] UsageRequest request(std::string_view dataset) const {
        return {.dataset = *configuration_.find_dataset(dataset),
                .subjects = {},
                .from = from_,
                .to = to_,
                .period = UsagePeriod::total,
                .top_metric = {}};
    }

    Result<void> show_top(Store& store, std::string_view dataset, std::int64_t top) {
        UsageRequest asked = request(dataset);
        asked.top = top;
        TIDEMARK_ASSIGN_OR_RETURN(const UsageReport report, report_usage(store, asked));
        if (top_subject_.empty() && !report.rows.empty()) {
            top_subject_ = report.rows.front().subject;
        }
        fmt::print("\n{} of {} days: the {} largest of {}\n{}",
                   dataset,
                   to_.days_since_epoch() - from_.days_since_epoch(),
                   top,
                   asked.dataset.subject(),
                   format_usage(report, UsageFormat::table));
        return {};
    }

    Result<void> show_usage(Store& store) {
        TIDEMARK_RETURN_IF_ERROR(show_top(store, "cdn", 10));
        UsageRequest by_slot = request("cdn");
        by_slot.from = to_.plus_days(-1);
        by_slot.period = UsagePeriod::slot;
        TIDEMARK_ASSIGN_OR_RETURN(const UsageReport slots, report_usage(store, by_slot));
        fmt::print("\nbytes_streamed of all sites on {} by half hour, 00:00 to 24:00 UTC\n  {}\n",
                   by_slot.from.to_string(),
                   bars_of(slots));
        return show_top(store, "ping", 5);
    }

    // Every accepted line, whatever day it falls on, must be in the store exactly once.
    Result<void> check_against_truth(Store& store) const {
        for (const auto& [dataset, sums] :
             {std::pair{"cdn", expected_.cdn}, std::pair{"ping", expected_.ping}}) {
            UsageRequest asked = request(dataset);
            asked.from = from_.plus_days(-7);
            asked.to = to_.plus_days(7);
            TIDEMARK_ASSIGN_OR_RETURN(const UsageReport report, report_usage(store, asked));
            for (std::size_t metric = 0; metric < asked.dataset.metrics().size(); ++metric) {
                const Total total = report.rows.front().values[metric].value_or(Total());
                if (total != Total(sums[metric])) {
                    return Error{ErrorKind::corrupt,
                                 fmt::format("{} {}: stored {}, generated {}; remove {} if it "
                                             "comes from a demo with other options",
                                             dataset,
                                             asked.dataset.metrics()[metric],
                                             total.to_string(),
                                             sums[metric],
                                             options_.directory)};
                }
            }
        }
        fmt::print("\nEvery total equals what was generated, to the byte: {} lines.\n",
                   with_thousands(std::to_string(expected_.lines)));
        return {};
    }

    void show_next_steps() const {
        const std::string program = program_as_typed();
        const std::string store = quoted(store_url_);
        const std::string days =
            fmt::format("--from {} --to {}", from_.to_string(), to_.to_string());
        fmt::print("Logs and store are in {}. To try next:\n", quoted(options_.directory));
        fmt::print(
            "  {} usage --store {} --subject {} {} --by day\n", program, store, top_subject_, days);
        fmt::print("  {} serve --store {}    # then open http://127.0.0.1:8080\n", program, store);
        fmt::print("  {} usage --store {} --dataset ping {} --by total --top 20 --format csv\n",
                   program,
                   store,
                   days);
        fmt::print("  {} aggregate --dry-run --json --format fastly --subject path:1 {}\n",
                   program,
                   quoted(copied_file_.string()));
    }

    const DemoOptions& options_;
    const Configuration configuration_;
    const std::string store_url_;
    const SystemClock clock_;
    // The same lines whenever it runs: 2025-06-01 and 13 days more.
    const UtcDay from_ = UtcDay::from_days_since_epoch(20240);
    const UtcDay to_ = from_.plus_days(14);
    const int threads_ = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    Expected expected_;
    fs::path copied_file_;
    std::string top_subject_;
};

Result<ExitCode> run_demo(const DemoOptions& options) {
    std::error_code code;
    fs::create_directories(options.directory, code);
    if (code) {
        return Error{ErrorKind::unavailable,
                     fmt::format("make directory {}: {}", options.directory, code.message())};
    }
    // The user's own configuration must not change what the demo shows.
    TIDEMARK_ASSIGN_OR_RETURN(Configuration configuration, parse_configuration("", "demo"));
    Demo demo(options, std::move(configuration));
    TIDEMARK_RETURN_IF_ERROR(demo.run());
    return ExitCode::done;
}

}  // namespace

void add_demo_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<DemoOptions>();
    CLI::App* command = app.add_subcommand("demo", "the main job on generated logs, in a minute");
    command->footer(footer);
    command->add_option(
        "--directory", options->directory, "where logs and store go (default tidemark-demo)");
    command->add_option("--lines", options->lines, "lines of all feeds (default 600000)")
        ->check(CLI::Range(std::int64_t{1000}, std::int64_t{1'000'000'000}));
    command->add_option("--seed", options->seed, "another seed, other lines (default 1)");
    command->callback(
        [options, &invocation] { invocation.action = [options] { return run_demo(*options); }; });
}

}  // namespace tidemark
