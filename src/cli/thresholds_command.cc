#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/store_location.h"
#include "cli/threshold_configuration.h"
#include "report/threshold_report.h"
#include "threshold/threshold_worker.h"
#include "threshold/webhook_message.h"

namespace tidemark {

namespace {

struct ThresholdsOptions {
    StoreOptions store;
    std::int64_t limit = 20;
    bool json = false;
    std::string name;
};

constexpr std::chrono::seconds test_timeout{10};

constexpr const char* footer =
    "Thresholds are declared in the configuration ([[threshold]]) and judged by tidemark serve\n"
    "when more is complete. Each fires once a subject and period; who is to hear of it is told\n"
    "again and again until he answers with 2xx.\n"
    "\n"
    "Examples:\n"
    "  tidemark thresholds list\n"
    "  tidemark thresholds test big-streamer";

Result<ExitCode> run_list(const ThresholdsOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<ThresholdStore> store,
        open_threshold_store(store_url(options.store.store, configuration), clock));
    std::vector<ToldThreshold> declared;
    for (const ThresholdConfiguration& each : configuration.thresholds) {
        declared.push_back({.name = each.threshold.name,
                            .dataset = each.threshold.dataset.name(),
                            .metric = each.threshold.metric,
                            .subject = each.threshold.subject.value_or(""),
                            .window = std::string(to_string(each.threshold.window)),
                            .at_least = each.threshold.at_least,
                            .url = each.url});
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<ToldEvent> events,
                              find_told_events(*store, options.limit));
    const std::string text =
        options.json ? thresholds_json(declared, events) : format_thresholds(declared, events);
    std::fputs(text.c_str(), stdout);
    return ExitCode::done;
}

// What the threshold would say, of no subject that there is.
ThresholdEvent example_of(const Threshold& threshold, Timestamp now) {
    const auto instant = std::chrono::floor<std::chrono::seconds>(now);
    ThresholdEvent event{.id = {},
                         .threshold = threshold.name,
                         .dataset = threshold.dataset.name(),
                         .metric = threshold.metric,
                         .subject = threshold.subject.value_or("example"),
                         .period = UtcDay::containing(instant).to_string(),
                         .value = Total(threshold.at_least),
                         .at_least = threshold.at_least,
                         .synced_through = instant,
                         .fired_at = now};
    if (threshold.window == ThresholdWindow::month) {
        event.period.resize(7);
    }
    event.id = "test-" + event_id_of(event);
    return event;
}

Result<ExitCode> run_test(const ThresholdsOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    std::vector<ThresholdConfiguration> chosen;
    std::ranges::copy_if(configuration.thresholds,
                         std::back_inserter(chosen),
                         [&](const auto& each) { return each.threshold.name == options.name; });
    if (chosen.empty()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("threshold '{}': not declared; tidemark thresholds list shows "
                                 "those that are",
                                 options.name)};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Threshold> loaded, load_thresholds(chosen));
    const Threshold& threshold = loaded.front();
    const Timestamp now = SystemClock().now();
    const ThresholdEvent event = example_of(threshold, now);
    const WebhookMessage message = signed_message(
        threshold.webhook, event.id, message_body(event, threshold.window, true), now);
    std::puts(message.body.c_str());
    TIDEMARK_ASSIGN_OR_RETURN(
        const int status,
        network_sender(test_timeout)(threshold.webhook, message.fields, message.body));
    std::puts(fmt::format("answered {}", status).c_str());
    return status >= 200 && status < 300 ? ExitCode::done : ExitCode::failed;
}

}  // namespace

void add_thresholds_command(CLI::App& app, Invocation& invocation) {
    CLI::App* command = app.add_subcommand("thresholds", "what thresholds fired, and who was told");
    command->footer(footer);
    command->require_subcommand(1);
    auto options = std::make_shared<ThresholdsOptions>();
    CLI::App* list = command->add_subcommand("list", "those declared, and the newest events");
    list->footer("Example:\n  tidemark thresholds list --limit 100 --json");
    add_store_options(*list, options->store);
    list->add_option("--limit", options->limit, "the newest N events (default 20)")
        ->check(CLI::Range(1, 100'000));
    list->add_flag("--json", options->json, "as JSON");
    list->callback(
        [options, &invocation] { invocation.action = [options] { return run_list(*options); }; });
    CLI::App* test =
        command->add_subcommand("test", "send a signed message that says it is a test");
    test->footer(
        "Exit code 1 unless the answer is 2xx.\n\nExample:\n"
        "  tidemark thresholds test big-streamer");
    add_store_options(*test, options->store);
    test->add_option("name", options->name, "of the threshold")->required();
    test->callback(
        [options, &invocation] { invocation.action = [options] { return run_test(*options); }; });
}

}  // namespace tidemark
