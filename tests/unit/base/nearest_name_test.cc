#include "base/nearest_name.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

constexpr std::string_view formats[] = {"fastly", "edgecast", "cloudfront", "w3c"};

TEST(NearestName, finds_slips_of_the_finger_and_nothing_else) {
    EXPECT_EQ(nearest_name("fastli", formats), "fastly");
    EXPECT_EQ(nearest_name("fatsly", formats), "fastly");
    EXPECT_EQ(nearest_name("cloudfrnt", formats), "cloudfront");
    EXPECT_EQ(nearest_name("w3", formats), "w3c");
    EXPECT_EQ(nearest_name("apache", formats), std::nullopt);
    EXPECT_EQ(nearest_name("x", {}), std::nullopt);
    EXPECT_EQ(did_you_mean("edgcast", formats), " (did you mean 'edgecast'?)");
    EXPECT_EQ(did_you_mean("apache", formats), "");
}

}  // namespace
}  // namespace tidemark
