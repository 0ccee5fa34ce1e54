#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/serve_wiring.h"
#include "cli/stop_signal.h"
#include "cli/store_location.h"
#include "serve/service.h"
#include "worker/heartbeat.h"

namespace tidemark {

namespace {

struct ServeOptions {
    StoreOptions store;
    std::string listen = "127.0.0.1:8080";
    bool allow_public = false;
    BackendPool::Size pool;
    bool answers_only = false;
};

constexpr std::chrono::seconds heartbeat_every{10};

constexpr const char* footer =
    "Answers usage and what happened over HTTP (docs/http_api.md), and meanwhile folds, closes\n"
    "days and synchronises, as compact --watch and sync --watch do, and verifies the last days "
    "now\n"
    "and then ([verify] in the configuration). One line on standard error for each request.\n"
    "SIGTERM ends it once the requests that were begun are answered; it may be killed at any\n"
    "moment.\n"
    "\n"
    "Examples:\n"
    "  tidemark serve\n"
    "  tidemark serve --listen 127.0.0.1:9000 --store postgresql://localhost/usage\n"
    "  curl 'http://127.0.0.1:8080/v1/usage?dataset=cdn&top=10&by=total'";

// Nobody is asked who he is, so only this machine may ask.
Result<void> check_reach(const ServeOptions& options, const std::string& address) {
    TIDEMARK_ASSIGN_OR_RETURN(const bool loopback, http::is_loopback(address));
    if (loopback || options.allow_public) {
        return {};
    }
    return Error{
        ErrorKind::refused,
        fmt::format("--listen {}: whoever reaches this address could read and write usage, for "
                    "nobody is asked for a key; listen on 127.0.0.1 behind a server that "
                    "asks, or say --allow-public",
                    options.listen)};
}

std::string url_of(const std::string& address, std::uint16_t port) {
    const bool v6 = address.find(':') != std::string::npos;
    return v6 ? fmt::format("http://[{}]:{}", address, port)
              : fmt::format("http://{}:{}", address, port);
}

// Answers as the run `run_id` until it is told to stop.
Result<void> answer_until_stopped(const ServeOptions& options,
                                  const http::ServerOptions& server_options,
                                  const std::string& url,
                                  const Configuration& configuration,
                                  const Clock& clock,
                                  std::int64_t run_id) {
    const std::atomic<bool>& stop = stop_on_signal();
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<Threshold> thresholds,
                              load_thresholds(configuration.thresholds));
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Store> beating, open_existing_store(url, clock));
    const Heartbeat heartbeat(std::move(beating), run_id, heartbeat_every);
    auto service =
        std::make_unique<UsageService>(Setting{.datasets = configuration.datasets,
                                               .clock = clock,
                                               .run_id = run_id,
                                               .spool_directory = server_options.spool_directory},
                                       backend_opener(url, configuration, clock),
                                       options.pool);
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<http::Server> server,
                              http::Server::listen(server_options, *service));
    service->attach(*server);
    log_event(
        LogLevel::info,
        "serve.listening",
        {{"url", url_of(server_options.address, server->port())}, {"store", displayed_url(url)}});
    std::optional<ServiceJobs> jobs;
    if (!options.answers_only) {
        jobs.emplace(url, configuration, std::move(thresholds), clock, service->metrics(), stop);
    }
    server->run(stop);
    // They count in the service.
    jobs.reset();
    // Its threads may still be leaving the server that they answered.
    service.reset();
    return {};
}

Result<ExitCode> run_serve(const ServeOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    http::ServerOptions server_options;
    TIDEMARK_RETURN_IF_ERROR(read_listen(options.listen, server_options));
    TIDEMARK_RETURN_IF_ERROR(check_reach(options, server_options.address));
    std::error_code none;
    server_options.spool_directory = std::filesystem::temp_directory_path(none).string();
    const SystemClock clock;
    const std::string url = store_url(options.store.store, configuration);
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store,
                              open_prepared_store(url, configuration, clock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t run_id, store->begin_run("serve", "", ""));
    const Result<void> served =
        answer_until_stopped(options, server_options, url, configuration, clock, run_id);
    RunEnd end{.outcome = RunOutcome::succeeded, .covered = {}, .error = {}};
    if (!served.has_value()) {
        end.outcome = RunOutcome::failed;
        end.error = served.error().message;
    }
    TIDEMARK_RETURN_IF_ERROR(store->end_run(run_id, end));
    TIDEMARK_RETURN_IF_ERROR(served);
    log_event(LogLevel::info, "serve.stopped", {});
    return ExitCode::done;
}

}  // namespace

void add_serve_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<ServeOptions>();
    CLI::App* command =
        app.add_subcommand("serve", "the usage service: answers over HTTP, folds, synchronises");
    command->footer(footer);
    add_store_options(*command, options->store);
    command->add_option("--listen",
                        options->listen,
                        "ADDRESS:PORT (default 127.0.0.1:8080); port 0 takes a free one");
    command->add_flag("--allow-public",
                      options->allow_public,
                      "listen on an address that others reach, though nobody is asked for a key");
    command->add_option("--connections", options->pool.threads, "to the store at once (default 4)")
        ->check(CLI::Range(1, 256));
    command
        ->add_option("--waiting",
                     options->pool.waiting_max,
                     "requests that may wait for one; more are told to come again (default 64)")
        ->check(CLI::Range(1, 10000));
    command->add_flag(
        "--answers-only", options->answers_only, "do not fold and synchronise: other processes do");
    command->callback(
        [options, &invocation] { invocation.action = [options] { return run_serve(*options); }; });
}

}  // namespace tidemark
