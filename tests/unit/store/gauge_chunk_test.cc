#include "store/gauge_chunk.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(VoidedBatches, are_those_that_a_standing_void_takes_back) {
    struct Case {
        std::vector<std::pair<std::int64_t, std::int64_t>> voids;
        std::set<std::int64_t> voided;
    };
    const Case cases[] = {
        {{}, {}},
        {{{3, 1}}, {1}},
        {{{3, 1}, {4, 2}}, {1, 2}},
        {{{3, 1}, {4, 3}}, {3}},             // the void is voided: 1 counts again
        {{{3, 1}, {4, 3}, {5, 4}}, {1, 4}},  // and that in turn
    };
    for (const Case& each : cases) {
        EXPECT_EQ(voided_batches(each.voids), each.voided);
    }
}

}  // namespace
}  // namespace tidemark
