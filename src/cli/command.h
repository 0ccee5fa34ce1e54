#pragma once
// What every subcommand has in common.

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/configuration.h"
#include "cli/exit_code.h"

namespace CLI {
class App;
}

namespace tidemark {

// The command that the command line chose; run after all of it was parsed.
struct Invocation {
    std::function<Result<ExitCode>()> action;
};

// --store and --config.
struct StoreOptions {
    std::optional<std::string> store;
    std::optional<std::string> config;
};
void add_store_options(CLI::App& command, StoreOptions& options);

// Each adds its subcommand with its options, help and example to `app`.
void add_demo_command(CLI::App& app, Invocation& invocation);
void add_aggregate_command(CLI::App& app, Invocation& invocation);
void add_compact_command(CLI::App& app, Invocation& invocation);
void add_media_command(CLI::App& app, Invocation& invocation);
void add_usage_command(CLI::App& app, Invocation& invocation);
void add_runs_command(CLI::App& app, Invocation& invocation);
void add_batches_command(CLI::App& app, Invocation& invocation);
void add_rejected_command(CLI::App& app, Invocation& invocation);
void add_batch_command(CLI::App& app, Invocation& invocation);
void add_void_command(CLI::App& app, Invocation& invocation);
void add_replace_command(CLI::App& app, Invocation& invocation);
void add_copy_command(CLI::App& app, Invocation& invocation);
void add_erase_command(CLI::App& app, Invocation& invocation);
void add_migrate_command(CLI::App& app, Invocation& invocation);
void add_verify_command(CLI::App& app, Invocation& invocation);
void add_generate_command(CLI::App& app, Invocation& invocation);
void add_sync_command(CLI::App& app, Invocation& invocation);
void add_sources_command(CLI::App& app, Invocation& invocation);
void add_thresholds_command(CLI::App& app, Invocation& invocation);
void add_serve_command(CLI::App& app, Invocation& invocation);
void add_keys_command(CLI::App& app, Invocation& invocation);
void add_config_command(CLI::App& app, Invocation& invocation);
void add_simulate_command(CLI::App& app, Invocation& invocation);
void add_completion_command(CLI::App& app, Invocation& invocation);

// "tidemark: message" on standard error.
void print_error(const Error& error);

}  // namespace tidemark
