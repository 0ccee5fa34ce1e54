#pragma once
// ChangeFeed: tells those who listen that something changed in the store, whichever process
// changed it: a batch, a fold, a run, a snapshot of how far the data is complete.
//
// While somebody listens, a thread looks at the store once a period and says where it stands
// whenever that differs from the time before. An event says everything anew, so one that was missed
// is no loss.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "domain/dataset.h"
#include "http/event_stream.h"
#include "serve/access.h"
#include "serve/backend.h"

namespace tidemark {

struct ChangeFeedOptions {
    std::chrono::milliseconds every{1000};
    // Then a stream ends, and whoever wants to go on asks again, with a key that still opens.
    std::chrono::milliseconds stream_time{600'000};
};

// Safe from several threads.
class ChangeFeed {
 public:
    // The backend is opened by the feed's thread, when somebody listens for the first time.
    ChangeFeed(std::vector<Dataset> datasets, BackendOpener open, ChangeFeedOptions options = {});
    ChangeFeed(const ChangeFeed&) = delete;
    ChangeFeed& operator=(const ChangeFeed&) = delete;
    // Ends every stream.
    ~ChangeFeed();

    // Says where the store stands within a period, and then whenever that changes. Given up by
    // letting it go. A key of some datasets hears of those alone, and of nothing that all have in
    // common: runs and snapshots tell of the others.
    std::shared_ptr<http::EventStream> listen(const Access& access = {});

 private:
    struct Listener {
        std::weak_ptr<http::EventStream> stream;
        Access access;
        std::chrono::steady_clock::time_point until;
        std::string told;  // the last state
    };

    void watch();
    void tell(const std::string& state);
    std::string read_state();

    const std::vector<Dataset> datasets_;
    const BackendOpener open_;
    const ChangeFeedOptions options_;
    std::unique_ptr<Backend> backend_;  // of the thread alone
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::vector<Listener> listeners_;
    std::thread thread_;
};

}  // namespace tidemark
