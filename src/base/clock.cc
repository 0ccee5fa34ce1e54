#include "base/clock.h"

#include "base/check.h"

namespace tidemark {

Timestamp SystemClock::now() const {
    const auto now_us =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now())
            .time_since_epoch()
            .count();
    auto latest_us = latest_us_.load(std::memory_order_relaxed);
    while (latest_us < now_us && !latest_us_.compare_exchange_weak(latest_us, now_us)) {
    }
    return Timestamp(std::chrono::microseconds(latest_us < now_us ? now_us : latest_us));
}

Timestamp ManualClock::now() const {
    return Timestamp(std::chrono::microseconds(now_us_.load()));
}

void ManualClock::advance(std::chrono::microseconds by) {
    TIDEMARK_CHECK(by.count() >= 0);
    now_us_ += by.count();
}

}  // namespace tidemark
