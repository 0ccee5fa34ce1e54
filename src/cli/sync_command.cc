#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "base/duration.h"
#include "cli/command.h"
#include "cli/stop_signal.h"
#include "cli/store_location.h"
#include "cli/sync_wiring.h"
#include "report/sources_report.h"
#include "sync/explanation.h"
#include "sync/snapshot_json.h"
#include "sync/sync_input_json.h"
#include "sync/synchronise.h"

namespace tidemark {

namespace {

struct ExplainOptions {
    std::string file;
    bool why = false;
};

constexpr const char* explain_footer =
    "Reads observations (docs/synchronisation.md has the fields) and prints the snapshot that\n"
    "synchronisation concludes from them: no database, no Redis, nothing is changed.\n"
    "\n"
    "Examples:\n"
    "  tidemark sync explain observations.json\n"
    "  tidemark sync explain --why - < observations.json";

Result<std::string> read_document(const std::string& file) {
    if (file == "-") {
        return std::string{std::istreambuf_iterator<char>(std::cin),
                           std::istreambuf_iterator<char>()};
    }
    std::ifstream stream(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream.good() && !stream.eof()) {
        return Error{ErrorKind::not_found,
                     fmt::format("observations '{}': cannot be read; name a file, or - for "
                                 "standard input",
                                 file)};
    }
    return text;
}

Result<ExitCode> run_explain(const ExplainOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::string text, read_document(options.file));
    TIDEMARK_ASSIGN_OR_RETURN(const SyncInput input, parse_sync_input(text));
    const Snapshot* previous = input.previous.has_value() ? &*input.previous : nullptr;
    const Snapshot snapshot = synchronise(input.observed, previous, input.config, input.now);
    std::map<std::string, std::string> why;
    for (const auto& [name, dataset] : snapshot.datasets) {
        if (options.why) {
            why.emplace(name, explain(dataset, snapshot.now));
        }
    }
    std::fputs(readable_snapshot_json(snapshot, why).c_str(), stdout);
    return ExitCode::done;
}

void add_explain_command(CLI::App& sync, Invocation& invocation) {
    auto options = std::make_shared<ExplainOptions>();
    CLI::App* command = sync.add_subcommand(
        "explain", "what synchronisation concludes from a file of observations");
    command->footer(explain_footer);
    command->add_option("FILE", options->file, "observations as JSON, - for standard input")
        ->required();
    command->add_flag(
        "--why", options->why, "say of each dataset what holds it, and until when it is due");
    command->callback([options, &invocation] {
        invocation.action = [options] { return run_explain(*options); };
    });
}

struct SyncOptions {
    StoreOptions store;
    bool watch = false;
    std::string every;
    bool raise_generation = false;
    bool json = false;
};

constexpr const char* sync_footer =
    "Observes how far every dataset is covered, concludes how far it is complete, and publishes\n"
    "that in the store and, where [sync] redis is configured, in Redis. Several may run: one\n"
    "leads, and another takes over within two periods when it is gone.\n"
    "\n"
    "Examples:\n"
    "  tidemark sync\n"
    "  tidemark sync --watch --every 30s --store postgresql://localhost/usage\n"
    "  tidemark sync --raise-generation      (after an older database was put back)\n"
    "  tidemark sync acknowledge --dataset cdn 2026-03-10T09:00Z/2026-03-10T09:30Z --reason lost\n"
    "  tidemark sync explain --why observations.json";

constexpr std::chrono::milliseconds lease_of_one_cycle{60'000};

// Above what the store and Redis know: a database that was put back may know of fewer generations
// than were published.
Result<ExitCode> raise(Store& store, const SyncConfiguration& sync) {
    std::int64_t at_least = 1;
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<MetadataSetter> redis, make_redis(sync));
    if (redis != nullptr) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::optional<LoadedSnapshot> loaded, redis->load());
        if (loaded.has_value()) {
            at_least = loaded->published.fence.generation + 1;
        }
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t generation, store.raise_generation(at_least));
    fmt::print("generation {}: what the next cycle observes is accepted as it is\n", generation);
    return ExitCode::done;
}

// One cycle; what could not be published is the command's failure.
Result<ExitCode> sync_once(Store& store, const SyncConfiguration& sync, bool json) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<SyncWorker> worker,
        make_sync_worker(store, sync, std::chrono::milliseconds(0), lease_of_one_cycle));
    TIDEMARK_ASSIGN_OR_RETURN(const SyncCycle cycle, worker->run_once());
    if (!cycle.leading) {
        fmt::print("another worker leads, and publishes (tidemark sources)\n");
        return ExitCode::done;
    }
    const KnownProgress known{
        .snapshot = cycle.snapshot, .origin = "this cycle", .age = std::chrono::seconds(0)};
    std::fputs(
        (json ? sources_json(known) : format_sources(known, isatty(STDOUT_FILENO) == 1)).c_str(),
        stdout);
    for (const auto& [place, publication] : cycle.publications) {
        if (!publication.has_value()) {
            return with_context("publish to " + place, publication.error());
        }
        if (*publication != Publication::published && *publication != Publication::repeated) {
            return Error{ErrorKind::refused,
                         fmt::format("{}: refused ({}): a later snapshot is published there; after "
                                     "an older database was put back, run tidemark sync "
                                     "--raise-generation",
                                     place,
                                     to_string(*publication))};
        }
    }
    return ExitCode::done;
}

Result<ExitCode> run_sync(const SyncOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    std::chrono::milliseconds period = configuration.sync.every;
    if (!options.every.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(period, parse_duration(options.every));
        if (period < std::chrono::milliseconds(100)) {
            return Error{ErrorKind::invalid_input, "--every: expected at least 100ms"};
        }
    }
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_prepared_store(store_url(options.store.store, configuration), configuration, clock));
    if (options.raise_generation) {
        return raise(*store, configuration.sync);
    }
    if (!options.watch) {
        return sync_once(*store, configuration.sync, options.json);
    }
    // Lost after one and a half periods of silence, and looked for four times a period: another
    // worker leads within two.
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<SyncWorker> worker,
                              make_sync_worker(*store, configuration.sync, period, period * 3 / 2));
    worker->watch(stop_on_signal());
    return ExitCode::done;
}

struct AcknowledgeOptions {
    StoreOptions store;
    std::string dataset;
    std::string range;
    std::string reason;
};

Result<ExitCode> run_acknowledge(const AcknowledgeOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    TIDEMARK_ASSIGN_OR_RETURN(const SlotRange range, SlotRange::parse(options.range));
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_existing_store(store_url(options.store.store, configuration), clock));
    TIDEMARK_RETURN_IF_ERROR(store->acknowledge_hole(options.dataset, range, options.reason));
    fmt::print(
        "{}: what is not covered of {} counts as lost\n", options.dataset, range.to_string());
    return ExitCode::done;
}

void add_acknowledge_command(CLI::App& sync, Invocation& invocation) {
    auto options = std::make_shared<AcknowledgeOptions>();
    CLI::App* command = sync.add_subcommand(
        "acknowledge", "declare that data is lost for good, so that time moves past it");
    command->footer(sync_footer);
    add_store_options(*command, options->store);
    command->add_option("--dataset", options->dataset, "the dataset")->required();
    command->add_option("--reason", options->reason, "why, for those who ask later")->required();
    command->add_option("FROM/TO", options->range, "which slots; or one day")->required();
    command->callback([options, &invocation] {
        invocation.action = [options] { return run_acknowledge(*options); };
    });
}

}  // namespace

void add_sync_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<SyncOptions>();
    CLI::App* command =
        app.add_subcommand("sync", "conclude how far the datasets are complete, and publish it");
    command->footer(sync_footer);
    add_store_options(*command, options->store);
    command->add_flag("--watch", options->watch, "go on until stopped (Ctrl-C, SIGTERM)");
    command->add_option(
        "--every", options->every, "with --watch: how often (default [sync] every, 30s)");
    command->add_flag("--raise-generation",
                      options->raise_generation,
                      "accept that figures step back: after an older database was put back");
    command->add_flag("--json", options->json, "print the snapshot as JSON");
    command->require_subcommand(0, 1);
    command->callback([options, command, &invocation] {
        if (command->get_subcommands().empty()) {
            invocation.action = [options] { return run_sync(*options); };
        }
    });
    add_explain_command(*command, invocation);
    add_acknowledge_command(*command, invocation);
}

}  // namespace tidemark
