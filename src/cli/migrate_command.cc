#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/store_location.h"

namespace tidemark {

namespace {

struct MigrateOptions {
    StoreOptions store;
    bool dry_run = false;
};

constexpr const char* footer =
    "Every command brings a store's schema up to date when it opens it; this one does nothing "
    "else,\n"
    "so that it can be done beforehand, by a role that may. Forward only: back up first. A store\n"
    "that is newer than this program is refused (exit 3).\n"
    "\n"
    "Examples:\n"
    "  tidemark migrate --dry-run --store postgresql://localhost/usage > steps.sql\n"
    "  tidemark migrate --store postgresql://owner@localhost/usage";

Result<ExitCode> run_migrate(const MigrateOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    const std::string url = store_url(options.store.store, configuration);
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Migration> pending, find_pending_migrations(url));
    if (!options.dry_run) {
        const SystemClock clock;
        TIDEMARK_RETURN_IF_ERROR(open_store(url, clock));
    }
    for (const Migration& migration : pending) {
        if (options.dry_run) {
            fmt::print(
                "-- migration {}: {}\n{}\n", migration.number, migration.name, migration.sql);
        } else {
            fmt::print("applied {}: {}\n", migration.number, migration.name);
        }
    }
    if (pending.empty()) {
        fmt::print("{}nothing to do: the schema is up to date\n", options.dry_run ? "-- " : "");
    }
    return ExitCode::done;
}

}  // namespace

void add_migrate_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<MigrateOptions>();
    CLI::App* command = app.add_subcommand("migrate", "bring a store's schema up to date");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_flag(
        "--dry-run", options->dry_run, "print the SQL that is not applied yet, change nothing");
    command->callback([options, &invocation] {
        invocation.action = [options] { return run_migrate(*options); };
    });
}

}  // namespace tidemark
