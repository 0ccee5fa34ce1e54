#include "generate/distributions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "generate/names.h"

namespace tidemark {
namespace {

double as_double(Fixed value) {
    return static_cast<double>(value) / static_cast<double>(fixed_one);
}

TEST(FixedPoint, agrees_with_the_library_on_logarithms) {
    for (const std::uint64_t value : {1UL, 2UL, 3UL, 10UL, 4095UL, 4096UL, 123456789UL, ~0UL}) {
        EXPECT_NEAR(as_double(fixed_log2(value)), std::log2(static_cast<double>(value)), 1e-8)
            << value;
    }
}

TEST(FixedPoint, agrees_with_the_library_on_powers) {
    for (double exponent = -20.0; exponent < 30.0; exponent += 0.37) {
        const double power = std::exp2(exponent);
        EXPECT_NEAR(as_double(fixed_exp2(fixed(exponent))), power, power * 1e-7 + 1e-9) << exponent;
    }
}

TEST(WeightedChoice, draws_each_place_by_its_weight) {
    const std::array<std::uint64_t, 4> weights = {5, 0, 15, 80};
    const WeightedChoice choice(weights);
    RandomStream random(1, "weights");
    std::array<int, 4> drawn{};
    for (int count = 0; count < 100000; ++count) {
        ++drawn[choice.draw(random.next())];
    }
    EXPECT_EQ(drawn[1], 0);
    EXPECT_NEAR(drawn[0], 5000, 400);
    EXPECT_NEAR(drawn[2], 15000, 600);
    EXPECT_NEAR(drawn[3], 80000, 700);
}

TEST(WeightedChoice, follows_zipf) {
    const WeightedChoice choice = WeightedChoice::zipf(1000, 1.0);
    RandomStream random(1, "zipf");
    std::vector<int> drawn(1000);
    for (int count = 0; count < 1'000'000; ++count) {
        ++drawn[choice.draw(random.next())];
    }
    // The sum of 1/k to 1000 is 7.485.
    EXPECT_NEAR(drawn[0], 133'600, 1500);
    EXPECT_NEAR(drawn[9], 13'360, 500);
    EXPECT_NEAR(drawn[99], 1'336, 150);
}

TEST(LogNormalSize, has_its_median_and_its_spread) {
    const LogNormalSize size(9.33, 1.77);
    RandomStream random(1, "sizes");
    std::vector<double> sizes;
    for (int count = 0; count < 100001; ++count) {
        const std::uint64_t first = random.next();
        sizes.push_back(static_cast<double>(size.draw(first, random.next())));
    }
    std::sort(sizes.begin(), sizes.end());
    EXPECT_NEAR(std::log(sizes[50000]), 9.33, 0.03);
    EXPECT_NEAR(std::log(sizes[84134]) - std::log(sizes[50000]), 1.77, 0.05);
    EXPECT_NEAR(std::log(sizes[50000]) - std::log(sizes[15866]), 1.77, 0.05);
}

TEST(Names, never_repeat) {
    std::set<std::string> sites;
    for (std::uint32_t index = 0; index < 100000; ++index) {
        sites.insert(site_name(index));
    }
    EXPECT_EQ(sites.size(), 100000U);
    EXPECT_EQ(sites.begin()->size(), 8U);
    EXPECT_EQ(analytics_name(0).size(), 22U);
}

}  // namespace
}  // namespace tidemark
