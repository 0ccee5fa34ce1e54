#pragma once
// The collector of pings as [pings] says.

#include <atomic>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/configuration.h"
#include "journal/journal.h"
#include "logs/aggregation.h"
#include "pings/ping_collector.h"

namespace tidemark {

class PingService {
 public:
    // Null when no folder is configured. Borrows configuration and clock. Fails as Journal::open()
    // and PingCollector::make() do.
    static Result<std::unique_ptr<PingService>> open(const Configuration& configuration,
                                                     const Clock& clock);

    [[nodiscard]] PingCollector& collector() { return *collector_; }

    // One pass of store_pings(), which is logged where it did something.
    Result<void> store(const std::string& url);

    // A pass every so often until the flag is set.
    Result<void> store_until(const std::string& url, const std::atomic<bool>& stop);

 private:
    PingService(const Configuration& configuration, const Clock& clock)
        : configuration_(configuration), clock_(clock) {}

    const Configuration& configuration_;
    const Clock& clock_;
    std::string dataset_;
    std::unique_ptr<LogReader> reader_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<PingCollector> collector_;  // borrows the journal
};

}  // namespace tidemark
