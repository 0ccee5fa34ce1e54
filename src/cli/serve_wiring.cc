#include "cli/serve_wiring.h"

#include <charconv>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "cli/store_location.h"
#include "cli/sync_wiring.h"
#include "threshold/threshold_worker.h"
#include "worker/compact.h"
#include "worker/verify.h"

namespace tidemark {

namespace {

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
                         const std::atomic<bool>& stop) {
    constexpr std::chrono::seconds message_timeout{10};
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_existing_store(url, clock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<ProgressReading> reading,
                              ProgressReading::make(store.get(), configuration.sync, clock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<ThresholdStore> events,
                              open_threshold_store(url, clock));
    ThresholdWorker worker(*store, *events, clock, thresholds, network_sender(message_timeout));
    return worker.watch([&reading] { return reading->read(); }, stop);
}

}  // namespace

Result<void> read_listen(const std::string& text, http::ServerOptions& options) {
    const Error malformed{ErrorKind::invalid_input,
                          fmt::format("--listen '{}': expected ADDRESS:PORT, as 127.0.0.1:8080 or "
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

ServiceJobs::ServiceJobs(const std::string& url,
                         const Configuration& configuration,
                         std::vector<Threshold> thresholds,
                         const Clock& clock,
                         ServiceMetrics& metrics,
                         const std::atomic<bool>& stop) {
    start(
        "compact",
        [url, &configuration, &clock, &stop] {
            return compact_until(url, configuration, clock, stop);
        },
        stop);
    start(
        "sync",
        [url, &configuration, &clock, &stop] {
            return sync_until(url, configuration, clock, stop);
        },
        stop);
    if (!thresholds.empty()) {
        start(
            "thresholds",
            [url, thresholds = std::move(thresholds), &configuration, &clock, &stop] {
                return judge_until(url, configuration, thresholds, clock, stop);
            },
            stop);
    }
    if (configuration.verify.every.has_value()) {
        const VerifyWatch watch{.every = *configuration.verify.every,
                                .days = static_cast<std::int32_t>(configuration.verify.days)};
        start(
            "verify",
            [url, watch, &clock, &metrics, &stop] {
                return verify_until(url, watch, clock, metrics, stop);
            },
            stop);
    }
}

ServiceJobs::~ServiceJobs() {
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ServiceJobs::start(const char* name,
                        std::function<Result<void>()> job,
                        const std::atomic<bool>& stop) {
    threads_.emplace_back([name, job = std::move(job), &stop] {
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
