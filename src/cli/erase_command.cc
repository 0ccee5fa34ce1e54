#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/correction_options.h"
#include "cli/store_location.h"
#include "report/instant_text.h"

namespace tidemark {

namespace {

struct EraseOptions {
    StoreOptions store;
    CorrectionNote note;
    std::string subject;
    std::string dataset;
    bool json = false;
};

constexpr const char* footer =
    "Removes every row of a subject, and the rejected lines that name it, for good: this cannot "
    "be\n"
    "taken back. What remains is a record that it was done, with a digest in place of the "
    "subject,\n"
    "and how much went from which batch, so that receipts still add up. The reason must not name\n"
    "the subject. Names of files, runs' errors, backups and the logs themselves are yours to see "
    "to.\n"
    "\n"
    "Examples:\n"
    "  tidemark erase 4f1c02aa --reason 'contract ended, ticket 118'\n"
    "  tidemark erase --dataset cdn --reason 'asked for on 2026-11-20' --json 4f1c02aa";

std::string describe(const std::vector<Erasure>& erasures) {
    std::string text;
    for (const Erasure& erasure : erasures) {
        text += fmt::format("{}: {} rows of {} batches, {} daily rows, {} rejected lines; {}\n",
                            erasure.dataset,
                            erasure.batch_row_count,
                            erasure.batch_count,
                            erasure.daily_row_count,
                            erasure.rejected_sample_count,
                            erasure.subject_digest);
    }
    return text;
}

std::string to_json(const std::vector<Erasure>& erasures) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Erasure& erasure : erasures) {
        list.push_back({{"dataset", erasure.dataset},
                        {"subject_digest", erasure.subject_digest},
                        {"reason", erasure.note.reason},
                        {"by", erasure.note.by},
                        {"batches", erasure.batch_count},
                        {"batch_rows", erasure.batch_row_count},
                        {"daily_rows", erasure.daily_row_count},
                        {"rejected_lines", erasure.rejected_sample_count},
                        {"erased_at", instant_text(erasure.erased_at)}});
    }
    const nlohmann::ordered_json document = {{"erasures", std::move(list)}};
    return document.dump(2) + "\n";
}

Result<ExitCode> run_erase(const EraseOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    TIDEMARK_RETURN_IF_ERROR(check_erasure(options.subject, options.note));
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_existing_store(store_url(options.store.store, configuration), clock));
    std::vector<std::string> datasets = {options.dataset};
    if (options.dataset.empty()) {
        datasets.clear();
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Dataset> known, store->datasets());
        for (const Dataset& dataset : known) {
            datasets.push_back(dataset.name());
        }
    } else {
        TIDEMARK_RETURN_IF_ERROR(configuration.require_dataset(options.dataset));
    }
    std::vector<Erasure> erasures;
    for (const std::string& dataset : datasets) {
        TIDEMARK_ASSIGN_OR_RETURN(Erasure erasure,
                                  store->erase_subject(dataset, options.subject, options.note));
        erasures.push_back(std::move(erasure));
    }
    std::fputs((options.json ? to_json(erasures) : describe(erasures)).c_str(), stdout);
    return ExitCode::done;
}

}  // namespace

void add_erase_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<EraseOptions>();
    CLI::App* command = app.add_subcommand("erase", "remove a subject for good");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_option(
        "--dataset", options->dataset, "only this dataset (default: every one)");
    add_note_options(*command, options->note);
    command->add_flag("--json", options->json, "print the record as JSON");
    command->add_option("SUBJECT", options->subject, "the subject, as it is stored")->required();
    command->callback(
        [options, &invocation] { invocation.action = [options] { return run_erase(*options); }; });
}

}  // namespace tidemark
