#include "base/random.h"

#include <cmath>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(RandomStream, the_same_seed_and_name_give_the_same_numbers) {
    RandomStream first(7, "sizes");
    RandomStream again(7, "sizes");
    RandomStream other_name(7, "times");
    RandomStream other_seed(8, "sizes");
    for (int i = 0; i < 100; ++i) {
        const std::uint64_t drawn = first.next();
        EXPECT_EQ(drawn, again.next());
        EXPECT_NE(drawn, other_name.next());
        EXPECT_NE(drawn, other_seed.next());
    }
}

TEST(RandomStream, draws_below_a_bound_evenly) {
    RandomStream stream(1, "below");
    int counts[10] = {};
    for (int i = 0; i < 100000; ++i) {
        ++counts[stream.below(10)];
    }
    for (const int count : counts) {
        EXPECT_NEAR(count, 10000, 500);  // five standard deviations
    }
}

TEST(RandomStream, normal_has_its_mean_and_deviation) {
    RandomStream stream(1, "normal");
    double sum = 0;
    double squares = 0;
    constexpr int draws = 100000;
    for (int i = 0; i < draws; ++i) {
        const double drawn = stream.normal();
        sum += drawn;
        squares += drawn * drawn;
    }
    EXPECT_NEAR(sum / draws, 0.0, 0.02);
    EXPECT_NEAR(std::sqrt(squares / draws), 1.0, 0.02);
}

}  // namespace
}  // namespace tidemark
