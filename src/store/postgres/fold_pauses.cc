#include "store/postgres/fold_pauses.h"

#include <algorithm>
#include <thread>

namespace tidemark::postgres {

void FoldPauses::rest() {
    // A statement that waited for a lock or a slow disk is not paid for in full.
    constexpr std::chrono::duration<double> longest{0.5};
    const std::chrono::duration<double> worked = Clock::now() - working_since_;
    std::this_thread::sleep_for(std::min(longest, worked * (1 / share_ - 1)));
    working_since_ = Clock::now();
}

}  // namespace tidemark::postgres
