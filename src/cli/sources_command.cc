#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/command.h"
#include "cli/store_location.h"
#include "cli/sync_wiring.h"
#include "report/sources_report.h"

namespace tidemark {

namespace {

struct SourcesOptions {
    StoreOptions store;
    bool json = false;
};

constexpr const char* footer =
    "Reads what `tidemark sync` published last: from Redis where one is configured, else from the\n"
    "store; without any it is computed from the store's ledger. While the store cannot be opened, "
    "what\n"
    "Redis has is shown. Nothing is changed.\n"
    "\n"
    "Examples:\n"
    "  tidemark sources\n"
    "  tidemark sources --json --store postgresql://localhost/usage";

Result<ExitCode> run_sources(const SourcesOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    const SystemClock clock;
    Result<std::unique_ptr<Store>> store =
        open_existing_store(store_url(options.store.store, configuration), clock);
    if (!store.has_value() && configuration.sync.redis_url.empty()) {
        return std::move(store).error();
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<ProgressReading> reading,
        ProgressReading::make(
            store.has_value() ? store->get() : nullptr, configuration.sync, clock));
    KnownProgress known = reading->read();
    if (!store.has_value()) {
        known.warning += (known.warning.empty() ? "" : "; ") + store.error().message;
    }
    const std::string text =
        options.json ? sources_json(known) : format_sources(known, isatty(STDOUT_FILENO) == 1);
    std::fputs(text.c_str(), stdout);
    return ExitCode::done;
}

}  // namespace

void add_sources_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<SourcesOptions>();
    CLI::App* command =
        app.add_subcommand("sources", "how far each dataset is complete, and what holds it");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_flag("--json", options->json, "as JSON");
    command->callback([options, &invocation] {
        invocation.action = [options] { return run_sources(*options); };
    });
}

}  // namespace tidemark
