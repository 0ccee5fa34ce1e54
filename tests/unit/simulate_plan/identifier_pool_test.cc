#include "simulate/plan/identifier_pool.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace tidemark::simulate {
namespace {

constexpr Micros at_start{0};

Pool pool_of(std::int64_t count, Skew skew = Skew::uniform) {
    return {.name = "site_id", .prefix = "mlw_", .width = 3, .count = count, .skew = skew};
}

TEST(IdentifierPool, writes_names_that_sort_as_their_numbers) {
    const IdentifierPool pool(pool_of(1000), 1);
    EXPECT_EQ(pool.text(0), "mlw_000");
    EXPECT_EQ(pool.text(17), "mlw_017");
    EXPECT_EQ(pool.text(999), "mlw_999");
    EXPECT_EQ(names_of(pool_of(1)), 1000);
}

class Draws : public testing::TestWithParam<std::tuple<Skew, std::size_t>> {};

TEST_P(Draws, are_distinct_below_the_size_and_repeatable) {
    const auto [skew, count] = GetParam();
    const IdentifierPool pool(pool_of(500, skew), 7);
    std::vector<std::uint32_t> first;
    std::vector<std::uint32_t> second;
    RandomStream one(7, "draws");
    RandomStream other(7, "draws");
    pool.draw(one, at_start, count, Drawing::distinct, first);
    pool.draw(other, at_start, count, Drawing::distinct, second);
    EXPECT_EQ(first, second);
    EXPECT_EQ(first.size(), count);
    EXPECT_EQ(std::set<std::uint32_t>(first.begin(), first.end()).size(), count);
    EXPECT_TRUE(std::ranges::all_of(first, [](std::uint32_t number) { return number < 500; }));
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         Draws,
                         testing::Combine(testing::Values(Skew::uniform, Skew::zipf),
                                          testing::Values(0U, 1U, 68U, 499U, 500U)));

TEST(IdentifierPool, draws_frequent_ones_more_often_under_zipf) {
    const IdentifierPool pool(pool_of(500, Skew::zipf), 7);
    RandomStream random(7, "draws");
    std::vector<std::uint32_t> numbers;
    pool.draw(random, at_start, 20'000, Drawing::repeated, numbers);
    std::map<std::uint32_t, int> times;
    for (const std::uint32_t number : numbers) {
        ++times[number];
    }
    int most = 0;
    for (const auto& [number, drawn] : times) {
        most = std::max(most, drawn);
    }
    // The first of 500 ranks with exponent 1 has 1 / H(500) = 14.7 % of the draws.
    EXPECT_GT(most, 2'400);
    EXPECT_LT(most, 3'500);
}

TEST(IdentifierPool, grows_over_the_day_for_everybody_alike) {
    Pool growing = pool_of(100);
    growing.new_per_day = 24;
    const IdentifierPool pool(growing, 1);
    EXPECT_EQ(pool.size_at(at_start), 100);
    EXPECT_EQ(pool.size_at(std::chrono::hours(1)), 101);
    EXPECT_EQ(pool.size_at(std::chrono::hours(24)), 124);
    RandomStream random(3, "draws");
    std::vector<std::uint32_t> numbers;
    pool.draw(random, std::chrono::hours(24), 124, Drawing::distinct, numbers);
    EXPECT_NE(std::ranges::find(numbers, 123U), numbers.end());
}

}  // namespace
}  // namespace tidemark::simulate
