#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/day_option.h"
#include "cli/store_location.h"
#include "report/verify_report.h"

namespace tidemark {

namespace {

// More than a person reads; all of them are counted.
constexpr std::size_t shown_differences_max = 1000;

struct VerifyOptions {
    StoreOptions store;
    std::vector<std::string> datasets;
    std::string from;
    std::string to;
    bool json = false;
};

constexpr const char* footer =
    "Recomputes daily rows from the batch rows that are kept, holds purged days against receipts\n"
    "and seals, receipts against rows, seals against both, runs against batches, all as of one\n"
    "moment. Changes nothing and may run beside everything else. Exit code 1 when anything "
    "differs.\n"
    "\n"
    "Examples:\n"
    "  tidemark verify\n"
    "  tidemark verify --dataset cdn --from 2026-11-01 --to 2026-11-08 --json";

Result<std::vector<std::string>> datasets_of(const VerifyOptions& options,
                                             const Configuration& configuration,
                                             Store& store) {
    std::vector<std::string> names;
    for (const std::string& name : options.datasets) {
        TIDEMARK_ASSIGN_OR_RETURN(const Dataset dataset, configuration.require_dataset(name));
        names.push_back(dataset.name());
    }
    if (!names.empty()) {
        return names;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Dataset> known, store.datasets());
    for (const Dataset& dataset : known) {
        names.push_back(dataset.name());
    }
    return names;
}

Result<DatasetVerification> verify_dataset(Store& store, const VerifyScope& scope) {
    DatasetVerification verification{
        .dataset = scope.dataset, .summary = {}, .differences = {}, .difference_count = 0};
    TIDEMARK_ASSIGN_OR_RETURN(verification.summary,
                              store.verify(scope, [&](const Difference& difference) {
                                  ++verification.difference_count;
                                  if (verification.differences.size() < shown_differences_max) {
                                      verification.differences.push_back(difference);
                                  }
                              }));
    return verification;
}

Result<ExitCode> run_verify(const VerifyOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    VerifyScope scope;
    TIDEMARK_ASSIGN_OR_RETURN(scope.from, read_day("--from", options.from));
    TIDEMARK_ASSIGN_OR_RETURN(scope.to, read_day("--to", options.to));
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_existing_store(store_url(options.store.store, configuration), clock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<std::string> datasets,
                              datasets_of(options, configuration, *store));
    std::vector<DatasetVerification> verifications;
    bool all_is_well = true;
    for (const std::string& dataset : datasets) {
        scope.dataset = dataset;
        TIDEMARK_ASSIGN_OR_RETURN(DatasetVerification verification, verify_dataset(*store, scope));
        all_is_well = all_is_well && verification.difference_count == 0;
        verifications.push_back(std::move(verification));
    }
    const std::string text =
        options.json ? verification_json(verifications) : format_verification(verifications);
    std::fputs(text.c_str(), stdout);
    return all_is_well ? ExitCode::done : ExitCode::failed;
}

}  // namespace

void add_verify_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<VerifyOptions>();
    CLI::App* command = app.add_subcommand("verify", "recompute what is stored, and compare");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_option("--dataset", options->datasets, "only this dataset (may be repeated)")
        ->allow_extra_args(false);
    command->add_option("--from", options->from, "only days from this one, YYYY-MM-DD");
    command->add_option("--to", options->to, "only days before this one");
    command->add_flag("--json", options->json, "as JSON");
    command->callback(
        [options, &invocation] { invocation.action = [options] { return run_verify(*options); }; });
}

}  // namespace tidemark
