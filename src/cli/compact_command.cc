#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

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
    "Examples:\n"
    "  tidemark compact\n"
    "  tidemark compact --dataset cdn --store postgresql://localhost/usage\n"
    "  tidemark compact --watch --every 10s";

Result<std::chrono::milliseconds> parse_duration(const std::string& text) {
    std::size_t end = 0;
    const Error wrong{
        ErrorKind::invalid_input,
        fmt::format("--every '{}': expected a duration, as in 500ms, 10s or 5m", text)};
    if (text.empty() || text.size() > 9 || text.front() < '0' || text.front() > '9') {
        return wrong;
    }
    const long number = std::stol(text, &end);
    const std::string unit = text.substr(end);
    const long scale_ms = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60000 : 0;
    if (scale_ms == 0 || number == 0) {
        return wrong;
    }
    return std::chrono::milliseconds(number * scale_ms);
}

void log_fold(const DatasetFold& fold) {
    log_event(LogLevel::info,
              "fold.done",
              {{"dataset", fold.dataset},
               {"batches", std::to_string(fold.outcome.batch_count)},
               {"daily_rows", std::to_string(fold.outcome.daily_row_count)},
               {"through", std::to_string(fold.outcome.folded_through)}});
}

void print_fold(const DatasetFold& fold) {
    if (fold.outcome.folded_through == fold.outcome.folded_from) {
        fmt::print("{}: nothing to fold\n", fold.dataset);
        return;
    }
    fmt::print("{}: {} batches folded into {} daily rows\n",
               fold.dataset,
               fold.outcome.batch_count,
               fold.outcome.daily_row_count);
}

Result<void> check_datasets(const std::vector<std::string>& names,
                            const Configuration& configuration) {
    for (const std::string& name : names) {
        TIDEMARK_ASSIGN_OR_RETURN(const Dataset dataset, configuration.require_dataset(name));
        if (dataset.kind() != DatasetKind::counter) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("dataset '{}': a gauge, which has nothing to fold", name)};
        }
    }
    return {};
}

Result<ExitCode> run_compact(const CompactOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    TIDEMARK_RETURN_IF_ERROR(check_datasets(options.datasets, configuration));
    CompactWatch watch{.datasets = options.datasets,
                       .every = configuration.compact.every,
                       .batches_max = configuration.compact.batches_max};
    if (!options.every.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(watch.every, parse_duration(options.every));
    }
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_existing_store(store_url(options.store.store, configuration), clock));
    if (options.watch) {
        TIDEMARK_RETURN_IF_ERROR(watch_and_fold(*store, watch, stop_on_signal(), log_fold));
        return ExitCode::done;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<DatasetFold> folds,
                              fold_datasets(*store, options.datasets));
    for (const DatasetFold& fold : folds) {
        print_fold(fold);
    }
    return ExitCode::done;
}

}  // namespace

void add_compact_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<CompactOptions>();
    CLI::App* command = app.add_subcommand("compact", "fold batches into daily rows");
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
