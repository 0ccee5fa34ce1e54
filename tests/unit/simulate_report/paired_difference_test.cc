#include "simulate/report/paired_difference.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tidemark::simulate {
namespace {

using Values = std::vector<double>;

struct DifferenceCase {
    const char* name;
    Values a;
    Values b;
    bool found;
};

class Differences : public testing::TestWithParam<DifferenceCase> {};

TEST_P(Differences, are_found_above_the_noise_only) {
    const PairedDifference there = paired_difference(GetParam().a, GetParam().b);
    EXPECT_EQ(there.found, GetParam().found) << there.low << " .. " << there.high;
    // Exchanged arms tell the same with the sign turned.
    const PairedDifference back = paired_difference(GetParam().b, GetParam().a);
    EXPECT_EQ(back.found, there.found);
    EXPECT_DOUBLE_EQ(back.difference, -there.difference);
    EXPECT_DOUBLE_EQ(back.noise_floor, there.noise_floor);
}

const DifferenceCase difference_cases[] = {
    {"the_same", {5, 5, 5, 5, 5}, {5, 5, 5, 5, 5}, false},
    {"nothing_at_all", {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, false},
    {"exact_and_other", {5, 5, 5, 5, 5}, {6, 6, 6, 6, 6}, true},
    {"exact_and_negligible", {1000, 1000, 1000, 1000, 1000}, {1009, 1009, 1009, 1009, 1009}, false},
    {"only_one_arm_has_any", {0, 0, 0, 0, 0}, {3, 3, 3, 3, 3}, true},
    {"thirty_fold", {6600, 6700, 6500, 6650, 6550}, {210, 205, 208, 207, 209}, true},
    {"within_what_one_arm_varies", {10, 14, 11, 13, 12}, {13, 16, 14, 15, 14}, false},
    {"beyond_what_one_arm_varies", {10, 14, 11, 13, 12}, {18, 21, 19, 20, 19}, true},
    {"carried_by_one_stray_run", {10, 10, 10, 10, 10}, {10, 10, 10, 10, 90}, false},
    {"a_drift_of_the_machine", {10, 13, 14, 17, 18}, {11, 12, 15, 16, 19}, false},
};
INSTANTIATE_TEST_SUITE_P(Cases,
                         Differences,
                         testing::ValuesIn(difference_cases),
                         [](const auto& test) { return test.param.name; });

TEST(PairedDifference, holds_its_difference_within_its_interval) {
    const PairedDifference found =
        paired_difference(Values{10, 14, 11, 13, 12}, Values{18, 21, 19, 20, 19});
    EXPECT_DOUBLE_EQ(found.mean_a, 12);
    EXPECT_DOUBLE_EQ(found.difference, 7.4);
    EXPECT_LE(found.low, found.difference);
    EXPECT_GE(found.high, found.difference);
    EXPECT_DOUBLE_EQ(found.noise_floor, 4);
}

// Five runs of one plan against five of the same: the interval alone errs one time in ten, and a
// table has a dozen figures.
TEST(PairedDifference, is_seldom_called_where_there_is_none) {
    RandomStream random(7, "compared with itself");
    int called = 0;
    for (int comparison = 0; comparison < 2000; ++comparison) {
        Values a;
        Values b;
        for (int pair = 0; pair < 5; ++pair) {
            a.push_back(100 + 10 * random.normal());
            b.push_back(100 + 10 * random.normal());
        }
        called += paired_difference(a, b).found ? 1 : 0;
    }
    EXPECT_LE(called, 10) << "of 2000";
}

}  // namespace
}  // namespace tidemark::simulate
