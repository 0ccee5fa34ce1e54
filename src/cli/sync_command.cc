#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
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

}  // namespace

void add_sync_command(CLI::App& app, Invocation& invocation) {
    CLI::App* command = app.add_subcommand("sync", "how far the datasets are complete");
    command->footer(explain_footer);
    command->require_subcommand(1);
    add_explain_command(*command, invocation);
}

}  // namespace tidemark
