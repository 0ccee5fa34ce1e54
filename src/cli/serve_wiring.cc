#include "cli/serve_wiring.h"

#include <charconv>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "cli/intake.h"
#include "cli/store_location.h"
#include "cli/sync_wiring.h"
#include "worker/compact.h"

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

void ServiceJobs::start_workers(const std::string& url,
                                const Configuration& configuration,
                                const Clock& clock) {
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
