#pragma once
// Keeps the lease of a batch alive while its rows are being written.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "store/postgres/options.h"

namespace tidemark::postgres {

// From construction to destruction, renews the lease every third of its length over a connection
// of its own, which is only opened when the first renewal is due: most batches are done before.
// A renewal that fails is tried again at the next one; when the lease runs out all the same, the
// batch's commit is refused, which is safe.
class LeaseKeeper {
 public:
    LeaseKeeper(std::string url, Options options, std::string dataset, std::int64_t batch_seq);
    LeaseKeeper(const LeaseKeeper&) = delete;
    LeaseKeeper& operator=(const LeaseKeeper&) = delete;
    ~LeaseKeeper() = default;

 private:
    void keep(const std::stop_token& stop);

    std::string url_;
    Options options_;
    std::string dataset_;
    std::int64_t batch_seq_;
    std::mutex mutex_;
    std::condition_variable_any stopping_;
    std::jthread thread_;  // last: it uses all of the above and is joined first
};

}  // namespace tidemark::postgres
