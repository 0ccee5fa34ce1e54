#include <cstdio>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/day_option.h"
#include "cli/store_location.h"
#include "cli/sync_wiring.h"
#include "report/usage_answer.h"
#include "report/usage_format.h"
#include "store/usage_period.h"

namespace tidemark {

namespace {

struct UsageOptions {
    StoreOptions store;
    std::string dataset = "cdn";
    std::vector<std::string> subjects;
    std::string from;
    std::string to;
    std::string by = "day";
    std::int64_t top = 0;
    std::string metric;
    std::string fill = "none";
    std::string compare = "none";
    std::string format = "table";
    bool synced = false;
    std::string time_zone;
};

constexpr const char* footer =
    "Exact at every instant, whatever is folded and whatever is not. --to is exclusive. A period\n"
    "without any data says so; that differs from zero. A gauge has its value at the period's end,\n"
    "its high-water mark, which includes what was carried in, and the largest value observed.\n"
    "\n"
    "Examples:\n"
    "  tidemark usage --dataset cdn --subject 4f1c02aa --from 2026-11-01 --to 2026-12-01\n"
    "  tidemark usage --dataset cdn --top 10 --from 2026-11-01 --to 2026-12-01 --by total\n"
    "  tidemark usage --dataset ping --from 2026-11-01 --to 2026-11-02 --by slot --format csv\n"
    "  tidemark usage --dataset cdn --synced --format json\n"
    "  tidemark usage --dataset cdn --tz Europe/Berlin --from 2026-10-24 --to 2026-10-27\n"
    "  tidemark usage --dataset media_storage --subject 4f1c02aa --fill carry\n"
    "  tidemark usage --dataset cdn --top 5 --by total --compare previous";

constexpr int days_by_default = 30;

Result<UsageRequest> request_of(const UsageOptions& options,
                                const Configuration& configuration,
                                UtcDay today) {
    TIDEMARK_ASSIGN_OR_RETURN(const Dataset dataset,
                              configuration.require_dataset(options.dataset));
    TIDEMARK_ASSIGN_OR_RETURN(const auto last, read_day("--to", options.to));
    TIDEMARK_ASSIGN_OR_RETURN(const auto first, read_day("--from", options.from));
    const UtcDay to = last.value_or(today.next());
    const UtcDay from = first.value_or(to.plus_days(-days_by_default));
    TIDEMARK_ASSIGN_OR_RETURN(const UsagePeriod period, parse_usage_period(options.by));
    if (options.fill != "none" && options.fill != "carry") {
        return Error{ErrorKind::invalid_input,
                     fmt::format("--fill '{}': expected none or carry", options.fill)};
    }
    if (options.compare != "none" && options.compare != "previous") {
        return Error{ErrorKind::invalid_input,
                     fmt::format("--compare '{}': expected previous or none", options.compare)};
    }
    return UsageRequest{.dataset = dataset,
                        .subjects = options.subjects,
                        .from = from,
                        .to = to,
                        .period = period,
                        .top = options.top,
                        .top_metric = options.metric,
                        .carry = options.fill == "carry",
                        .carry_to = today.next()};
}

Result<ExitCode> run_usage(const UsageOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    const SystemClock clock;
    const UtcDay today =
        UtcDay::containing(std::chrono::time_point_cast<std::chrono::seconds>(clock.now()));
    TIDEMARK_ASSIGN_OR_RETURN(UsageRequest request, request_of(options, configuration, today));
    TIDEMARK_ASSIGN_OR_RETURN(const UsageFormat format, parse_usage_format(options.format));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<Store> store,
        open_existing_store(store_url(options.store.store, configuration), clock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<ProgressReading> reading,
                              ProgressReading::make(store.get(), configuration.sync, clock));
    const KnownProgress known = reading->read();
    TIDEMARK_ASSIGN_OR_RETURN(const UsageReport report,
                              answer_usage(*store,
                                           {.request = std::move(request),
                                            .synced = options.synced,
                                            .time_zone = options.time_zone,
                                            .metrics = {},
                                            .compare_previous = options.compare == "previous"},
                                           known));
    std::fputs(format_usage(report, format).c_str(), stdout);
    return ExitCode::done;
}

}  // namespace

void add_usage_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<UsageOptions>();
    CLI::App* command = app.add_subcommand("usage", "usage by slot, day, month or in total");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_option("--dataset", options->dataset, "the dataset (default cdn)");
    command->add_option("--subject", options->subjects, "this subject (may be repeated)")
        ->allow_extra_args(false);
    command->add_option(
        "--from", options->from, "first day, YYYY-MM-DD (default: 30 days before --to)");
    command->add_option("--to", options->to, "day after the last (default: tomorrow)");
    command->add_option("--by", options->by, "slot, day, month or total (default day)");
    command->add_option("--top", options->top, "the N subjects with the most of --metric");
    command->add_option(
        "--metric", options->metric, "what --top goes by (default: the first metric)");
    command->add_option("--fill",
                        options->fill,
                        "none or carry: what a gauge was goes on until its next event (default "
                        "none)");
    command->add_option("--compare",
                        options->compare,
                        "previous: beside the time before, as many days, by month as many months "
                        "(default none)");
    command->add_option("--format", options->format, "table, json, csv or ndjson (default table)");
    command->add_flag("--synced",
                      options->synced,
                      "only up to where all required datasets are complete (tidemark sources)");
    command->add_option(
        "--tz", options->time_zone, "days of this time zone, as Europe/Berlin; with --by day");
    command->callback(
        [options, &invocation] { invocation.action = [options] { return run_usage(*options); }; });
}

}  // namespace tidemark
