#pragma once
// Puts the usage service together as the configuration says.

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/configuration.h"
#include "http/server.h"
#include "serve/backend.h"
#include "serve/metrics.h"
#include "threshold/threshold.h"

namespace tidemark {

// "HOST:PORT" or "[HOST]:PORT", HOST an IP address, into the options. Fails with invalid_input.
Result<void> read_listen(const std::string& text, http::ServerOptions& options);

// Opens stores on the URL with a reader of how far they are complete. Borrows configuration and
// clock.
BackendOpener backend_opener(std::string url,
                             const Configuration& configuration,
                             const Clock& clock);

// What the service does beside answering, each job in a thread of its own over a store of its own,
// until the flag is set: folds and closes days, synchronises, verifies, judges thresholds. A job
// that fails is logged and begun again after a pause; it waits for nobody.
class ServiceJobs {
 public:
    // Borrows all but the URL and the thresholds.
    ServiceJobs(const std::string& url,
                const Configuration& configuration,
                std::vector<Threshold> thresholds,
                const Clock& clock,
                ServiceMetrics& metrics,
                const std::atomic<bool>& stop);
    ServiceJobs(const ServiceJobs&) = delete;
    ServiceJobs& operator=(const ServiceJobs&) = delete;
    // Waits for the flag.
    ~ServiceJobs();

 private:
    void start(const char* name, std::function<Result<void>()> job, const std::atomic<bool>& stop);

    std::vector<std::thread> threads_;
};

}  // namespace tidemark
