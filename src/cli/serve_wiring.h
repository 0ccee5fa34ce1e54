#pragma once
// Puts the usage service together as the configuration says.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/configuration.h"
#include "http/server.h"
#include "serve/backend.h"
#include "serve/key_ring.h"
#include "serve/metrics.h"
#include "store/key_store.h"
#include "threshold/threshold.h"

namespace tidemark {

// What the server is to do as it is configured. `listen` is "HOST:PORT" or "[HOST]:PORT", HOST an
// IP address. Fails with invalid_input.
Result<http::ServerOptions> server_options_of(const ServeConfiguration& serve);

// Opens stores on the URL with a reader of how far they are complete. Borrows configuration and
// clock.
BackendOpener backend_opener(std::string url,
                             const Configuration& configuration,
                             const Clock& clock);

// Keeps the ring as the store's keys are, in a thread of its own: a key that was made or revoked is
// known within seconds. While the store does not answer, what was known last holds.
class KeyReload {
 public:
    // Borrows the ring.
    KeyReload(std::unique_ptr<KeyStore> store, KeyRing& ring);
    KeyReload(const KeyReload&) = delete;
    KeyReload& operator=(const KeyReload&) = delete;
    ~KeyReload();

 private:
    void reload();
    void reload_until_stopped();

    std::unique_ptr<KeyStore> store_;
    KeyRing& ring_;
    bool is_known_ = true;  // what the store had when it was asked last
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stop_ = false;
    std::thread thread_;
};

// What the service does beside answering, each job in a thread of its own over a store of its own,
// until the flag is set. A job that fails is logged and begun again after a pause; it waits for
// nobody.
class ServiceJobs {
 public:
    // Borrows the flag.
    explicit ServiceJobs(const std::atomic<bool>& stop) : stop_(stop) {}
    ServiceJobs(const ServiceJobs&) = delete;
    ServiceJobs& operator=(const ServiceJobs&) = delete;
    // Waits for the flag.
    ~ServiceJobs();

    // `job` works until the flag is set.
    void start(std::string name, std::function<Result<void>()> job);

    // Folding, synchronising, the folders that are watched, the media source, thresholds and
    // verifying. Borrows all but the URL and the thresholds.
    void start_workers(const std::string& url,
                       const Configuration& configuration,
                       std::vector<Threshold> thresholds,
                       const Clock& clock,
                       ServiceMetrics& metrics);

 private:
    const std::atomic<bool>& stop_;
    std::vector<std::thread> threads_;
};

}  // namespace tidemark
