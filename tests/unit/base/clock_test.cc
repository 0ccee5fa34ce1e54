#include "base/clock.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(SystemClock, never_steps_back) {
    const SystemClock clock;
    Timestamp latest = clock.now();
    for (int i = 0; i < 10000; ++i) {
        const Timestamp now = clock.now();
        ASSERT_GE(now, latest);
        latest = now;
    }
}

TEST(ManualClock, moves_only_when_told) {
    ManualClock clock{Timestamp(std::chrono::microseconds(5))};
    EXPECT_EQ(clock.now(), Timestamp(std::chrono::microseconds(5)));
    clock.advance(std::chrono::seconds(2));
    EXPECT_EQ(clock.now(), Timestamp(std::chrono::microseconds(2'000'005)));
}

}  // namespace
}  // namespace tidemark
