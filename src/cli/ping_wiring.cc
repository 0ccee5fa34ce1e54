#include "cli/ping_wiring.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/log.h"
#include "cli/store_location.h"
#include "pings/ping_batches.h"

namespace tidemark {

namespace {

// How the feed reads its files; or, when it reads none, as players send it.
struct PingFeed {
    std::string dataset = "ping";
    Reading reading;
};

PingFeed feed_of(const Configuration& configuration) {
    PingFeed feed;
    if (const auto found = configuration.feeds.find(configuration.pings.feed);
        found != configuration.feeds.end()) {
        feed.dataset = found->second.dataset;
        feed.reading = found->second.reading;
        if (!feed.reading.events.empty()) {
            return feed;
        }
        feed.reading.events = default_ping_reading(built_in_datasets()[1]).events;
        return feed;
    }
    feed.reading = default_ping_reading(built_in_datasets()[1]);
    return feed;
}

}  // namespace

Result<std::unique_ptr<PingService>> PingService::open(const Configuration& configuration,
                                                       const Clock& clock) {
    if (configuration.pings.journal.empty()) {
        return std::unique_ptr<PingService>();
    }
    PingFeed feed = feed_of(configuration);
    std::unique_ptr<PingService> service(new PingService(configuration, clock));
    service->dataset_ = feed.dataset;
    JournalOptions options;
    options.directory = configuration.pings.journal;
    TIDEMARK_ASSIGN_OR_RETURN(service->journal_, Journal::open(std::move(options)));
    TIDEMARK_ASSIGN_OR_RETURN(service->collector_,
                              PingCollector::make(feed.reading, *service->journal_, clock));
    TIDEMARK_ASSIGN_OR_RETURN(service->reader_, LogReader::make(std::move(feed.reading), clock));
    return service;
}

Result<void> PingService::store(const std::string& url) {
    const PingJob job{.dataset = dataset_, .feed = configuration_.pings.feed};
    TIDEMARK_ASSIGN_OR_RETURN(const PingPass pass, store_pings(job, *collector_, *reader_, [&] {
                                  return open_existing_store(url, clock_);
                              }));
    if (pass.batches > 0 || pass.covered.has_value()) {
        log_event(LogLevel::info,
                  "pings.stored",
                  {{"batches", std::to_string(pass.batches)},
                   {"already_stored", std::to_string(pass.already_stored)},
                   {"covered", pass.covered.has_value() ? pass.covered->to_string() : "nothing"}});
    }
    return {};
}

Result<void> PingService::store_until(const std::string& url, const std::atomic<bool>& stop) {
    constexpr std::chrono::milliseconds step{50};
    while (true) {
        const auto next = std::chrono::steady_clock::now() + configuration_.pings.every;
        while (!stop && std::chrono::steady_clock::now() < next) {
            std::this_thread::sleep_for(std::min(step, configuration_.pings.every));
        }
        if (stop) {
            return {};
        }
        TIDEMARK_RETURN_IF_ERROR(store(url));
    }
}

}  // namespace tidemark
