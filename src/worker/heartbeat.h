#pragma once
// Heartbeat: shows that a run is alive while its worker is busy.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "store/store.h"

namespace tidemark {

// Beats from a thread of its own, over a store of its own, until destroyed. A beat that fails is
// logged and the next one tried: a missed beat costs nothing but a run that looks dead.
class Heartbeat {
 public:
    Heartbeat(std::unique_ptr<Store> store, std::int64_t run_id, std::chrono::seconds every);
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;
    ~Heartbeat();

 private:
    void beat_until_stopped(std::chrono::seconds every);

    std::unique_ptr<Store> store_;
    const std::int64_t run_id_;
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace tidemark
