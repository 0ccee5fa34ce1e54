#include "cli/serve_wiring.h"

#include <charconv>
#include <chrono>
#include <exception>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "cli/intake.h"
#include "cli/store_location.h"
#include "cli/sync_wiring.h"
#include "threshold/threshold_worker.h"
#include "worker/compact.h"
#include "worker/verify.h"

namespace tidemark {

namespace {

constexpr std::chrono::seconds reload_every{1};

class StoreBackend final : public Backend {
 public:
    StoreBackend(std::unique_ptr<Store> store, std::unique_ptr<ProgressReading> reading)
        : store_(std::move(store)), reading_(std::move(reading)) {}

    [[nodiscard]] Store& store() override { return *store_; }
    KnownProgress read_progress() override { return reading_->read(); }

 private:
    std::unique_ptr<Store> store_;
    std::unique_ptr<ProgressReading> reading_;  // borrows the store
};

void log_fold(const DatasetFold& fold) {
    log_event(LogLevel::info,
              "fold.done",
              {{"dataset", fold.dataset},
               {"batches", std::to_string(fold.outcome.batch_count)},
               {"daily_rows", std::to_string(fold.outcome.daily_row_count)},
               {"through", std::to_string(fold.outcome.folded_through)}});
}

Result<void> compact_until(const std::string& url,
                           const Configuration& configuration,
                           const Clock& clock,
                           const std::atomic<bool>& stop) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_existing_store(url, clock));
    const CompactWatch watch{.datasets = {},
                             .every = configuration.compact.every,
                             .batches_max = configuration.compact.batches_max,
                             .rules = configuration.closing_rules()};
    return watch_and_compact(*store, clock, watch, stop, log_fold);
}

Result<void> sync_until(const std::string& url,
                        const Configuration& configuration,
                        const Clock& clock,
                        const std::atomic<bool>& stop) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_existing_store(url, clock));
    const std::chrono::milliseconds period = configuration.sync.every;
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<SyncWorker> worker,
                              make_sync_worker(*store, configuration.sync, period, period * 3 / 2));
    worker->watch(stop);
    return {};
}

Result<void> verify_until(const std::string& url,
                          const VerifyWatch& watch,
                          const Clock& clock,
                          ServiceMetrics& metrics,
                          const std::atomic<bool>& stop) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_existing_store(url, clock));
    return watch_and_verify(*store,
                            clock,
                            watch,
                            stop,
                            [&metrics](const std::string& dataset, std::int64_t difference_count) {
                                metrics.note_verification(dataset, difference_count);
                            });
}

Result<void> judge_until(const std::string& url,
                         const Configuration& configuration,
                         const std::vector<Threshold>& thresholds,
                         const Clock& clock,
                         ServiceMetrics& metrics,
                         const std::atomic<bool>& stop) {
    constexpr std::chrono::seconds message_timeout{10};
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_existing_store(url, clock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<ProgressReading> reading,
                              ProgressReading::make(store.get(), configuration.sync, clock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<ThresholdStore> events,
                              open_threshold_store(url, clock));
    const ThresholdSinks sinks{
        .fired = [&metrics](const std::string& threshold,
                            std::int64_t fired) { metrics.note_threshold_fired(threshold, fired); },
        .told = [&metrics](const std::string& threshold,
                           bool heard) { metrics.note_threshold_told(threshold, heard); }};
    ThresholdWorker worker(
        *store, *events, clock, thresholds, network_sender(message_timeout), sinks);
    return worker.watch([&reading] { return reading->read(); }, stop);
}

Result<void> read_listen(const std::string& text, http::ServerOptions& options) {
    const Error malformed{ErrorKind::invalid_input,
                          fmt::format("listen '{}': expected ADDRESS:PORT, as 127.0.0.1:8080 or "
                                      "[::1]:8080",
                                      text)};
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) {
        return malformed;
    }
    std::string address = text.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']')) {
        address = address.substr(1, address.size() - 2);
    }
    const char* const end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data() + colon + 1, end, options.port);
    if (error != std::errc() || parsed != end || !http::is_loopback(address).has_value()) {
        return malformed;
    }
    options.address = std::move(address);
    return {};
}

}  // namespace

Result<http::ServerOptions> server_options_of(const ServeConfiguration& serve) {
    std::error_code none;
    http::ServerOptions options{
        .header_bytes_max = static_cast<std::uint32_t>(serve.header_bytes_max),
        .connections_max = static_cast<std::size_t>(serve.clients_max),
        .connections_per_address_max = static_cast<std::size_t>(serve.clients_per_address_max),
        .idle_time = serve.idle_time,
        .header_time = serve.header_time,
        .body_time = serve.body_time,
        .write_time = serve.write_time,
        .drain_time = serve.drain_time,
        .spool_directory = std::filesystem::temp_directory_path(none).string(),
        .certificate_file = serve.certificate,
        .key_file = serve.key};
    TIDEMARK_RETURN_IF_ERROR(read_listen(serve.listen, options));
    return options;
}

BackendOpener backend_opener(std::string url,
                             const Configuration& configuration,
                             const Clock& clock) {
    return [url = std::move(url), &configuration, &clock]() -> Result<std::unique_ptr<Backend>> {
        TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, open_existing_store(url, clock));
        TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<ProgressReading> reading,
                                  ProgressReading::make(store.get(), configuration.sync, clock));
        return std::unique_ptr<Backend>(
            std::make_unique<StoreBackend>(std::move(store), std::move(reading)));
    };
}

KeyReload::KeyReload(std::unique_ptr<KeyStore> store, KeyRing& ring)
    : store_(std::move(store)), ring_(ring), thread_([this] { reload_until_stopped(); }) {}

KeyReload::~KeyReload() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    stopped_.notify_one();
    thread_.join();
}

void KeyReload::reload() {
    Result<std::vector<ApiKey>> keys = store_->keys();
    if (keys.has_value()) {
        ring_.replace(std::move(keys).value());
    } else if (is_known_) {
        log_event(LogLevel::warning, "keys.unavailable", {{"error", keys.error().message}});
    }
    is_known_ = keys.has_value();
}

void KeyReload::reload_until_stopped() {
    std::unique_lock lock(mutex_);
    while (!stopped_.wait_for(lock, reload_every, [this] { return stop_; })) {
        lock.unlock();
        reload();
        lock.lock();
    }
}

void ServiceJobs::start_workers(const std::string& url,
                                const Configuration& configuration,
                                std::vector<Threshold> thresholds,
                                const Clock& clock,
                                ServiceMetrics& metrics) {
    start("compact", [this, url, &configuration, &clock] {
        return compact_until(url, configuration, clock, stop_);
    });
    start("sync", [this, url, &configuration, &clock] {
        return sync_until(url, configuration, clock, stop_);
    });
    for (const auto& [name, feed] : configuration.feeds) {
        if (!feed.watch.folder.empty()) {
            start("watch " + name, [this, url, &name, &feed, &clock] {
                return watch_until(url, name, feed, clock, stop_);
            });
        }
    }
    if (!configuration.media.source_url.empty()) {
        start("media", [this, url, &configuration, &clock] {
            return poll_until(url, configuration, clock, stop_);
        });
    }
    if (!thresholds.empty()) {
        start("thresholds",
              [this, url, thresholds = std::move(thresholds), &configuration, &clock, &metrics] {
                  return judge_until(url, configuration, thresholds, clock, metrics, stop_);
              });
    }
    if (configuration.verify.every.has_value()) {
        const VerifyWatch watch{.every = *configuration.verify.every,
                                .days = static_cast<std::int32_t>(configuration.verify.days)};
        start("verify", [this, url, watch, &clock, &metrics] {
            return verify_until(url, watch, clock, metrics, stop_);
        });
    }
}

ServiceJobs::~ServiceJobs() {
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ServiceJobs::start(std::string name, std::function<Result<void>()> job) {
    threads_.emplace_back([name = std::move(name), job = std::move(job), &stop = stop_] {
        while (!stop) {
            std::string failure = "ended";
            try {
                const Result<void> done = job();
                failure = done.has_value() ? failure : done.error().message;
            } catch (const std::exception& thrown) {
                failure = thrown.what();
            }
            if (stop) {
                return;
            }
            log_event(LogLevel::error, "serve.job_failed", {{"job", name}, {"error", failure}});
            for (int waited = 0; waited < 200 && !stop; ++waited) {
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
            }
        }
    });
}

}  // namespace tidemark
