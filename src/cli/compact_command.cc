#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/duration.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/stop_signal.h"
#include "cli/store_location.h"
#include "worker/compact.h"

namespace tidemark {

namespace {

struct CompactOptions {
    StoreOptions store;
    std::vector<std::string> datasets;
    bool watch = false;
    std::string every;
};

constexpr const char* footer =
    "Folding adds batches into daily rows: it makes reading cheaper and changes no answer. Safe "
    "to\n"
    "kill at any moment and to run several times at once.\n"
    "\n"
    "Then days are closed. A day that every feed covers is sealed once `lateness` has passed; a "
    "day\n"
    "that changed afterwards is sealed anew, with the old and the new totals. Sealed days freeze\n"
    "after `freeze_after`: rows that come later are refused, or booked on the day on which they\n"
    "arrive (`freeze_policy`). Batch rows are purged after `retention` ([compact] in the "
    "configuration).\n"
    "A gauge has nothing to fold or to seal; its events are purged after `retention`.\n"
    "\n"
    "Examples:\n"
    "  tidemark compact\n"
    "  tidemark compact --dataset cdn --store postgresql://localhost/usage\n"
    "  tidemark compact --watch --every 10s";

std::vector<std::string> texts_of(const std::vector<Total>& totals) {
    std::vector<std::string> texts;
    for (const Total& total : totals) {
        texts.push_back(total.to_string());
    }
    return texts;
}

void log_fold(const DatasetFold& fold) {
    log_event(LogLevel::info,
              "fold.done",
              {{"dataset", fold.dataset},
               {"batches", std::to_string(fold.outcome.batch_count)},
               {"daily_rows", std::to_string(fold.outcome.daily_row_count)},
               {"through", std::to_string(fold.outcome.folded_through)}});
}

void print_compaction(const DatasetCompaction& compaction) {
    const std::string& dataset = compaction.dataset;
    if (compaction.fold.has_value()) {
        const FoldOutcome& fold = *compaction.fold;
        if (fold.folded_through == fold.folded_from) {
            fmt::print("{}: nothing to fold\n", dataset);
        } else {
            fmt::print("{}: {} batches folded into {} daily rows\n",
                       dataset,
                       fold.batch_count,
                       fold.daily_row_count);
        }
    }
    for (const SealEvent& event : compaction.closing.sealed) {
        if (event.revision == 1) {
            fmt::print("{}: {} sealed: {}\n",
                       dataset,
                       event.day.to_string(),
                       fmt::join(texts_of(event.new_totals), ", "));
        } else {
            fmt::print("{}: {} sealed anew, revision {}: {}, before {}\n",
                       dataset,
                       event.day.to_string(),
                       event.revision,
                       fmt::join(texts_of(event.new_totals), ", "),
                       fmt::join(texts_of(event.old_totals), ", "));
        }
    }
    for (const UtcDay day : compaction.closing.frozen) {
        fmt::print("{}: {} frozen\n", dataset, day.to_string());
    }
    for (const UtcDay day : compaction.closing.purged) {
        fmt::print("{}: {} purged of its {}\n",
                   dataset,
                   day.to_string(),
                   compaction.fold.has_value() ? "batch rows" : "events");
    }
}

Result<std::chrono::milliseconds> read_interval(const std::string& text) {
    Result<std::chrono::milliseconds> every = parse_duration(text);
    if (!every.has_value()) {
        return with_context("--every", std::move(every).error());
    }
    if (every->count() == 0) {
        return Error{ErrorKind::invalid_input,
                     "--every '" + text + "': expected more than nothing"};
    }
    return every;
}

Result<void> check_datasets(const std::vector<std::string>& names,
                            const Configuration& configuration) {
    for (const std::string& name : names) {
        TIDEMARK_RETURN_IF_ERROR(configuration.require_dataset(name));
    }
    return {};
}

Result<ExitCode> run_compact(const CompactOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    TIDEMARK_RETURN_IF_ERROR(check_datasets(options.datasets, configuration));
    CompactWatch watch{.datasets = options.datasets,
                       .every = configuration.compact.every,
                       .batches_max = configuration.compact.batches_max,
                       .rules = configuration.closing_rules()};
    if (!options.every.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(watch.every, read_interval(options.every));
    }
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_existing_store(store_url(options.store.store, configuration), clock));
    if (options.watch) {
        TIDEMARK_RETURN_IF_ERROR(
            watch_and_compact(*store, clock, watch, stop_on_signal(), log_fold));
        return ExitCode::done;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<DatasetCompaction> compactions,
                              compact_datasets(*store, options.datasets, watch.rules, clock.now()));
    for (const DatasetCompaction& compaction : compactions) {
        print_compaction(compaction);
    }
    return ExitCode::done;
}

}  // namespace

void add_compact_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<CompactOptions>();
    CLI::App* command = app.add_subcommand("compact", "fold batches into daily rows, close days");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_option("--dataset", options->datasets, "only this dataset (may be repeated)")
        ->allow_extra_args(false);
    command->add_flag("--watch", options->watch, "go on until stopped (Ctrl-C, SIGTERM)");
    command->add_option(
        "--every",
        options->every,
        "with --watch: fold at least this often (default 5s), and always as soon as "
        "six batches wait");
    command->callback([options, &invocation] {
        invocation.action = [options] { return run_compact(*options); };
    });
}

}  // namespace tidemark
