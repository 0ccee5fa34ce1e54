#pragma once
// FoldPauses: what a fold leaves of the time to others (FoldPace in store/store.h).

#include <chrono>

namespace tidemark::postgres {

// One thread at a time. The first stretch of work begins when it is made.
class FoldPauses {
 public:
    // `share` of the time is for work, in (0, 1].
    explicit FoldPauses(double share) : share_(share) {}

    // Sleeps as long as is due for the work since the last pause, at most half a second.
    void rest();

 private:
    using Clock = std::chrono::steady_clock;

    double share_;
    Clock::time_point working_since_ = Clock::now();
};

}  // namespace tidemark::postgres
