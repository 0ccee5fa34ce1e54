#include "cli/command_line.h"

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/nearest_name.h"
#include "cli/command.h"
#include "cli/completion.h"

namespace tidemark {

namespace {

constexpr const char* description =
    "Tidemark turns raw logs into daily usage per subject that never counts anything twice.";

constexpr const char* footer =
    "Examples:\n"
    "  tidemark demo\n"
    "  tidemark aggregate --feed fastly --format fastly --subject path:1 logs/*.log.gz\n"
    "  tidemark compact\n"
    "  tidemark usage --dataset cdn --top 10 --from 2026-11-01 --to 2026-12-01 --by total\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused (conflict, unsafe, above a limit).\n"
    "Store: --store URL, TIDEMARK_STORE, [store] url of the configuration, sqlite:tidemark.db.";

Error unknown_command(const std::string& name, const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) {
        names.push_back(command->get_name());
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    return {
        ErrorKind::invalid_input,
        "unknown command '" + name + "'" + did_you_mean(name, known) + " (see tidemark --help)"};
}

// `completion --words WORD...`, which the shells' scripts ask. Taken before anything is parsed: the
// words are a command line that is still being typed.
bool asks_for_completion(int argc, char** argv) {
    return argc > 2 && std::string_view(argv[1]) == "completion" &&
           std::string_view(argv[2]) == "--words";
}

void print_completion(const CLI::App& app, int argc, char** argv) {
    const std::vector<std::string> words(argv + 3, argv + argc);
    for (const std::string& name : complete(app, words)) {
        std::printf("%s\n", name.c_str());
    }
}

int run(int argc, char** argv) {
    CLI::App app(description, "tidemark");
    app.footer(footer);
    app.set_version_flag("--version", "tidemark " TIDEMARK_VERSION);
    app.require_subcommand(1);
    Invocation invocation;
    add_demo_command(app, invocation);
    add_aggregate_command(app, invocation);
    add_compact_command(app, invocation);
    add_batch_command(app, invocation);
    add_media_command(app, invocation);
    add_usage_command(app, invocation);
    add_runs_command(app, invocation);
    add_batches_command(app, invocation);
    add_rejected_command(app, invocation);
    add_void_command(app, invocation);
    add_replace_command(app, invocation);
    add_copy_command(app, invocation);
    add_erase_command(app, invocation);
    add_migrate_command(app, invocation);
    add_verify_command(app, invocation);
    add_generate_command(app, invocation);
    add_sync_command(app, invocation);
    add_sources_command(app, invocation);
    add_thresholds_command(app, invocation);
    add_serve_command(app, invocation);
    add_keys_command(app, invocation);
    add_config_command(app, invocation);
    add_simulate_command(app, invocation);
    add_completion_command(app, invocation);
    if (asks_for_completion(argc, argv)) {
        print_completion(app, argc, argv);
        return static_cast<int>(ExitCode::done);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            return app.exit(error);  // --help, --version
        }
        const auto chosen = app.get_subcommands();
        if (chosen.empty() && argc > 1 && *argv[1] != '-') {
            print_error(unknown_command(argv[1], app));
            return static_cast<int>(ExitCode::wrong_usage);
        }
        print_error({ErrorKind::invalid_input,
                     std::string(error.what()) + " (see tidemark" +
                         (chosen.empty() ? "" : " " + chosen.front()->get_name()) + " --help)"});
        return static_cast<int>(ExitCode::wrong_usage);
    }
    const Result<ExitCode> code = invocation.action();
    if (!code.has_value()) {
        print_error(code.error());
        return static_cast<int>(exit_code_of(code.error().kind));
    }
    return static_cast<int>(*code);
}

}  // namespace

void add_store_options(CLI::App& command, StoreOptions& options) {
    command.add_option(
        "--store", options.store, "sqlite:PATH or postgresql://... (default sqlite:tidemark.db)");
    command.add_option("--config",
                       options.config,
                       "configuration file (default tidemark.toml, when there is one)");
}

void print_error(const Error& error) {
    std::fprintf(stderr, "tidemark: %s\n", error.message.c_str());
}

int run_command_line(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "tidemark: cannot go on: %s\n", exception.what());
        return static_cast<int>(ExitCode::failed);
    }
}

}  // namespace tidemark
