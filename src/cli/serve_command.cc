#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/ping_wiring.h"
#include "cli/serve_wiring.h"
#include "cli/stop_signal.h"
#include "cli/store_location.h"
#include "cli/supervisor_notice.h"
#include "serve/service.h"
#include "worker/heartbeat.h"

namespace tidemark {

namespace {

// What is said beats what is configured.
struct ServeOptions {
    StoreOptions store;
    std::optional<std::string> listen;
    std::optional<std::string> certificate;
    std::optional<std::string> key;
    std::optional<std::int64_t> store_connections;
    std::optional<std::int64_t> waiting_max;
    bool allow_public = false;
    bool answers_only = false;
};

constexpr std::chrono::seconds heartbeat_every{10};

constexpr const char* footer =
    "Answers usage and what happened over HTTP (docs/http_api.md), and meanwhile folds, closes\n"
    "days and synchronises, as compact --watch and sync --watch do, and verifies the last days\n"
    "now and then ([verify] in the configuration). One line on standard error for each request.\n"
    "SIGTERM ends it once the requests that were begun are answered; it may be killed at any\n"
    "moment. [serve] of the configuration has further limits (docs/configuration.md).\n"
    "\n"
    "Examples:\n"
    "  tidemark serve\n"
    "  tidemark serve --listen 0.0.0.0:8443 --certificate server.pem --key server.key\n"
    "  tidemark serve --listen 127.0.0.1:9000 --store postgresql://localhost/usage\n"
    "  curl 'http://127.0.0.1:8080/v1/usage?dataset=cdn&top=10&by=total'";

void settle(const ServeOptions& options, ServeConfiguration& serve) {
    serve.listen = options.listen.value_or(serve.listen);
    serve.certificate = options.certificate.value_or(serve.certificate);
    serve.key = options.key.value_or(serve.key);
    serve.store_connections = options.store_connections.value_or(serve.store_connections);
    serve.waiting_max = options.waiting_max.value_or(serve.waiting_max);
}

// Where nobody is asked who he is, only this machine may ask.
Result<void> check_reach(const http::ServerOptions& options,
                         bool allow_public,
                         const KeyRing& keys) {
    TIDEMARK_ASSIGN_OR_RETURN(const bool loopback, http::is_loopback(options.address));
    if (loopback || keys.asks() || allow_public) {
        return {};
    }
    return Error{ErrorKind::refused,
                 fmt::format("listen {}: whoever reaches this address could read and write "
                             "usage, for there is no key that it could ask for; make one (tidemark "
                             "keys create), listen on 127.0.0.1, or say --allow-public",
                             options.address)};
}

// Each connection takes a descriptor, and the limit that a shell or a service begins with is low
// for old programs' sake alone.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

std::string url_of(const http::ServerOptions& options, std::uint16_t port) {
    const bool v6 = options.address.find(':') != std::string::npos;
    return fmt::format("{}://{}:{}",
                       options.certificate_file.empty() ? "http" : "https",
                       v6 ? "[" + options.address + "]" : options.address,
                       port);
}

// Answers as the run `run_id` until it is told to stop.
Result<void> answer_until_stopped(bool answers_only,
                                  const http::ServerOptions& server_options,
                                  const std::string& url,
                                  const Configuration& configuration,
                                  const Clock& clock,
                                  KeyRing& keys,
                                  std::int64_t run_id) {
    const std::atomic<bool>& stop = stop_on_signal();
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<Threshold> thresholds,
                              load_thresholds(configuration.thresholds));
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Store> beating, open_existing_store(url, clock));
    const Heartbeat heartbeat(std::move(beating), run_id, heartbeat_every);
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<PingService> pings,
                              PingService::open(configuration, clock));
    auto service = std::make_unique<UsageService>(
        Setting{.datasets = configuration.datasets,
                .clock = clock,
                .run_id = run_id,
                .spool_directory = server_options.spool_directory,
                .cloud_events = configuration.cloud_events,
                .pings = pings ? &pings->collector() : nullptr},
        backend_opener(url, configuration, clock),
        BackendPool::Size{
            .threads = static_cast<std::size_t>(configuration.serve.store_connections),
            .waiting_max = static_cast<std::size_t>(configuration.serve.waiting_max)},
        keys);
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<http::Server> server,
                              http::Server::listen(server_options, *service));
    service->attach(*server);
    for (const Threshold& threshold : thresholds) {
        service->metrics().expect_threshold(threshold.name);
    }
    log_event(LogLevel::info,
              "serve.listening",
              {{"url", url_of(server_options, server->port())}, {"store", displayed_url(url)}});
    if (const Result<void> notified = notify_ready(); !notified.has_value()) {
        log_event(LogLevel::warning, "serve.notice_failed", {{"error", notified.error().message}});
    }
    std::optional<ServiceJobs> jobs(stop);
    if (!answers_only) {
        jobs->start_workers(url, configuration, std::move(thresholds), clock, service->metrics());
    }
    if (pings != nullptr) {
        jobs->start("pings", [&] { return pings->store_until(url, stop); });
    }
    server->run(stop);
    // They count in the service.
    jobs.reset();
    // Its threads may still be leaving the server that they answered.
    service.reset();
    if (pings != nullptr) {
        if (const Result<void> stored = pings->store(url); !stored.has_value()) {
            log_event(LogLevel::warning, "pings.wait", {{"error", stored.error().message}});
        }
    }
    return {};
}

Result<ExitCode> run_serve(const ServeOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(Configuration configuration,
                              load_configuration(options.store.config));
    settle(options, configuration.serve);
    TIDEMARK_ASSIGN_OR_RETURN(const http::ServerOptions server_options,
                              server_options_of(configuration.serve));
    raise_descriptor_limit();
    const SystemClock clock;
    const std::string url = store_url(options.store.store, configuration);
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store,
                              open_prepared_store(url, configuration, clock));
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<KeyStore> key_store, open_key_store(url));
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<ApiKey> known_keys, key_store->keys());
    KeyRing keys(clock);
    keys.replace(std::move(known_keys));
    TIDEMARK_RETURN_IF_ERROR(check_reach(server_options, options.allow_public, keys));
    const KeyReload reload(std::move(key_store), keys);
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t run_id, store->begin_run("serve", "", ""));
    const Result<void> served = answer_until_stopped(
        options.answers_only, server_options, url, configuration, clock, keys, run_id);
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
                      "listen on an address that others reach, though there is no key to ask for");
    command->add_option("--certificate",
                        options->certificate,
                        "speak TLS with this certificate, a PEM file; SIGHUP reads it anew");
    command->add_option("--key", options->key, "the certificate's key, a PEM file");
    command
        ->add_option(
            "--connections", options->store_connections, "to the store at once (default 4)")
        ->check(CLI::Range(1, 256));
    command
        ->add_option("--waiting",
                     options->waiting_max,
                     "requests that may wait for one; more are told to come again (default 64)")
        ->check(CLI::Range(1, 10000));
    command->add_flag(
        "--answers-only", options->answers_only, "do not fold and synchronise: other processes do");
    command->callback(
        [options, &invocation] { invocation.action = [options] { return run_serve(*options); }; });
}

}  // namespace tidemark
