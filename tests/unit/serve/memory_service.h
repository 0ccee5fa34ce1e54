#pragma once
// The service's endpoints on a memory store, or on another, asked without sockets.

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "journal/journal.h"
#include "pings/ping_collector.h"
#include "serve/backend.h"
#include "serve/endpoint.h"
#include "serve/service.h"
#include "store/store.h"
#include "support/temporary_directory.h"

namespace tidemark::test {

// Opens one database of a test's own, again and again.
using StoreMaker = std::function<std::unique_ptr<Store>(const Clock& clock)>;

// One test's own store, at an instant of 2027 that stands still unless it is moved.
class MemoryService {
 public:
    explicit MemoryService(std::vector<CloudEventMapping> cloud_events = {});
    MemoryService(std::vector<CloudEventMapping> cloud_events, StoreMaker open);

    // The answer of the whole service, from its routes on.
    http::Response ask(std::string_view method,
                       std::string_view target,
                       const http::Fields& fields = {},
                       std::string_view body = {});

    // The same of requests that come at once, without a body.
    std::vector<http::Response> ask_all(
        const std::vector<std::pair<std::string, http::Fields>>& requests);

    [[nodiscard]] Store& store() { return *store_; }
    [[nodiscard]] PingCollector& pings() { return *pings_; }
    [[nodiscard]] KeyRing& keys() { return keys_; }

    [[nodiscard]] ManualClock& clock() { return clock_; }

    // What is known from now on of how far the datasets are complete; nothing in the beginning.
    // Between two requests only.
    void know(const KnownProgress& progress) { progress_ = progress; }

    // Stores a batch of one row.
    void add(const std::string& subject, const char* date, int slot, std::int64_t bytes);

 private:
    std::future<http::Response> begin(std::string_view method,
                                      std::string_view target,
                                      const http::Fields& fields,
                                      std::string_view body);

    ManualClock clock_{Timestamp(std::chrono::seconds(1'800'000'000))};
    StoreMaker open_;
    std::unique_ptr<Store> store_;
    KeyRing keys_{clock_};
    KnownProgress progress_{};
    TemporaryDirectory folder_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<PingCollector> pings_;
    std::unique_ptr<UsageService> service_;
    int batches_ = 0;
};

}  // namespace tidemark::test
