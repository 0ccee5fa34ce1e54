#include "worker/heartbeat.h"

#include <string>
#include <utility>

#include "base/log.h"

namespace tidemark {

Heartbeat::Heartbeat(std::unique_ptr<Store> store, std::int64_t run_id, std::chrono::seconds every)
    : store_(std::move(store)),
      run_id_(run_id),
      thread_([this, every] { beat_until_stopped(every); }) {}

Heartbeat::~Heartbeat() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    stopped_.notify_all();
    thread_.join();
}

void Heartbeat::beat_until_stopped(std::chrono::seconds every) {
    std::unique_lock lock(mutex_);
    while (!stopped_.wait_for(lock, every, [this] { return stop_; })) {
        if (const Result<void> beat = store_->heartbeat_run(run_id_); !beat.has_value()) {
            log_event(LogLevel::warning,
                      "run.heartbeat_failed",
                      {{"run", std::to_string(run_id_)}, {"error", beat.error().message}});
        }
    }
}

}  // namespace tidemark
