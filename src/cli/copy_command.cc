#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "cli/store_location.h"
#include "report/text_table.h"
#include "worker/copy_store.h"

namespace tidemark {

namespace {

struct CopyOptions {
    std::string from;
    std::string to;
    bool json = false;
};

constexpr const char* footer =
    "Moves everything from an embedded store into an empty PostgreSQL database: batches under "
    "their\n"
    "numbers, daily rows, runs, coverage, corrections. Interrupted, it is simply started again "
    "and\n"
    "goes on where it was; until it is whole, the target knows no dataset. At the end every "
    "receipt\n"
    "and the usage of every subject and day are compared. Stop the writers first: what is stored "
    "in\n"
    "the meantime is not copied, and the comparison says so.\n"
    "\n"
    "Examples:\n"
    "  tidemark copy --from sqlite:tidemark.db --to postgresql://tidemark@db.example.org/usage\n"
    "  tidemark copy --from sqlite:tidemark.db --to postgresql://localhost/usage --json";

void print_outcome(const CopyOutcome& outcome, const CopyComparison& comparison, bool json) {
    if (json) {
        const nlohmann::ordered_json document = {{"rows", outcome.rows},
                                                 {"rows_found", outcome.rows_found},
                                                 {"was_finished", outcome.was_finished},
                                                 {"receipts_compared", comparison.receipt_count},
                                                 {"usage_compared", comparison.usage_count}};
        fmt::print("{}\n", document.dump(2));
        return;
    }
    const auto number = [](std::int64_t value) { return with_thousands(std::to_string(value)); };
    fmt::print(
        "{} rows copied, {} were there already{}\n"
        "compared, and the same: {} receipts, the usage of {} subjects' days\n",
        number(outcome.rows),
        number(outcome.rows_found),
        outcome.was_finished ? " (the copy was finished before)" : "",
        number(comparison.receipt_count),
        number(comparison.usage_count));
}

Result<ExitCode> run_copy(const CopyOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<CopySource> source,
                              open_copy_source(options.from));
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<CopyTarget> target,
                              open_copy_target(options.to));
    std::unique_ptr<ProgressBar> bar;
    TIDEMARK_ASSIGN_OR_RETURN(
        const CopyOutcome outcome,
        copy_store(*source, *target, [&bar](const CopyProgress& progress) {
            if (bar == nullptr) {
                bar =
                    std::make_unique<ProgressBar>(static_cast<std::uint64_t>(progress.rows_total));
            }
            bar->show(
                "rows",
                {.bytes_read = static_cast<std::uint64_t>(progress.rows), .lines = progress.rows});
        }));
    bar.reset();
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> from, open_store(options.from, clock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> to, open_store(options.to, clock));
    TIDEMARK_ASSIGN_OR_RETURN(const CopyComparison comparison, compare_stores(*from, *to));
    print_outcome(outcome, comparison, options.json);
    return ExitCode::done;
}

}  // namespace

void add_copy_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<CopyOptions>();
    CLI::App* command = app.add_subcommand("copy", "move an embedded store into PostgreSQL");
    command->footer(footer);
    command->add_option("--from", options->from, "sqlite:PATH")->required();
    command->add_option("--to", options->to, "postgresql://..., an empty database")->required();
    command->add_flag("--json", options->json, "print what was copied as JSON");
    command->callback(
        [options, &invocation] { invocation.action = [options] { return run_copy(*options); }; });
}

}  // namespace tidemark
