#include "simulate/run/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tidemark::simulate {
namespace {

constexpr double three_digits = 0.001;

TEST(LatencyHistogram, agrees_with_the_sorted_values_to_three_digits) {
    RandomStream random(11, "latencies");
    LatencyHistogram histogram;
    std::vector<std::int64_t> values;
    for (int draw = 0; draw < 20'000; ++draw) {
        // From microseconds to hours: every size alike.
        const auto value =
            static_cast<std::int64_t>(random.below(std::uint64_t{1} << (1 + random.below(32))));
        values.push_back(value);
        histogram.add(value);
    }
    std::ranges::sort(values);
    for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const auto rank = static_cast<std::size_t>(std::ceil(share * 20'000));
        const auto exact = static_cast<double>(values[rank - 1]);
        EXPECT_NEAR(static_cast<double>(histogram.at_share(share)), exact, exact * three_digits)
            << share;
    }
    EXPECT_EQ(histogram.max_us(), values.back());
}

TEST(LatencyHistogram, of_parts_adds_up_to_the_one_of_all) {
    LatencyHistogram all;
    LatencyHistogram one;
    LatencyHistogram other;
    for (const std::int64_t value : {1, 5'000, 70'000'000}) {
        all.add(value);
        one.add(value);
    }
    for (const std::int64_t value : {0, 2'047, 2'048, 4'095, 4'096}) {
        all.add(value);
        other.add(value);
    }
    one.merge(other);
    EXPECT_EQ(one, all);
}

TEST(LatencyHistogram, counts_what_is_above_a_limit) {
    LatencyHistogram histogram;
    histogram.add(100);
    histogram.add(1'000'000, 3);
    EXPECT_EQ(histogram.count_above(100), 3U);
    EXPECT_EQ(histogram.count_above(99), 4U);
    EXPECT_EQ(histogram.count_above(2'000'000), 0U);
}

TEST(LatencyHistogram, of_nothing_is_0_and_of_a_clock_read_early_too) {
    LatencyHistogram histogram;
    EXPECT_EQ(histogram.at_share(0.99), 0);
    histogram.add(-5);
    EXPECT_EQ(histogram.at_share(0.99), 0);
    EXPECT_EQ(histogram.count(), 1U);
}

}  // namespace
}  // namespace tidemark::simulate
