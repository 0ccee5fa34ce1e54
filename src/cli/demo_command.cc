// The main job on generated input: logs -> batches -> fold -> usage table.

#include <algorithm>
#include <cstdio>
#include <filesystem>
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
#include "report/text_table.h"
#include "report/usage_format.h"
#include "report/usage_report.h"
#include "worker/aggregate.h"
#include "worker/compact.h"

namespace tidemark {

namespace {

namespace fs = std::filesystem;

struct DemoOptions {
    std::string directory = "tidemark-demo";
    std::int64_t lines = 600000;
    std::uint64_t seed = 1;
};

constexpr const char* footer =
    "Generates a day of logs for 300 sites (two CDN feeds and player pings), aggregates them,\n"
    "hands one file over a second time, folds, and shows the usage. Everything stays in one "
    "folder;\n"
    "running it again counts nothing twice.\n"
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
        lines.from = day_;
        lines.to = day_.next();
        lines.threads = threads_;
        TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<LogGenerator> generator,
                                  LogGenerator::make(lines));
        const LogFilesOptions files_options{.directory = fs::path(options_.directory) / feed.name,
                                            .files_per_day = 24,
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
        job.covers.add({.begin = Slot::of_day(day_, 0), .end = Slot::of_day(day_.next(), 0)});
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
                .from = day_,
                .to = day_.next(),
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
        fmt::print("\n{} of {}: the {} largest of {}\n{}",
                   dataset,
                   day_.to_string(),
                   top,
                   asked.dataset.subject(),
                   format_usage(report, UsageFormat::table));
        return {};
    }

    Result<void> show_usage(Store& store) {
        TIDEMARK_RETURN_IF_ERROR(show_top(store, "cdn", 10));
        UsageRequest by_slot = request("cdn");
        by_slot.period = UsagePeriod::slot;
        TIDEMARK_ASSIGN_OR_RETURN(const UsageReport slots, report_usage(store, by_slot));
        fmt::print("\nbytes_streamed of all sites by half hour, 00:00 to 24:00 UTC\n  {}\n",
                   bars_of(slots));
        return show_top(store, "ping", 5);
    }

    // Every accepted line, whatever day it falls on, must be in the store exactly once.
    Result<void> check_against_truth(Store& store) const {
        for (const auto& [dataset, sums] :
             {std::pair{"cdn", expected_.cdn}, std::pair{"ping", expected_.ping}}) {
            UsageRequest asked = request(dataset);
            asked.from = day_.plus_days(-7);
            asked.to = day_.plus_days(7);
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
            fmt::format("--from {} --to {}", day_.to_string(), day_.next().to_string());
        fmt::print("Logs and store are in {}. To try next:\n", quoted(options_.directory));
        fmt::print("  {} usage --store {} --subject {} {} --by slot\n",
                   program,
                   store,
                   top_subject_,
                   days);
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
    const UtcDay day_ = UtcDay::from_days_since_epoch(20240);  // the same lines whenever it runs
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
