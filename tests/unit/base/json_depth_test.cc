#include "base/json_depth.h"

#include <string>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

std::string nested(std::size_t depth, const std::string& inside = "") {
    return std::string(depth, '[') + inside + std::string(depth, ']');
}

TEST(JsonDepth, counts_lists_and_objects_that_are_open_at_once) {
    EXPECT_FALSE(is_nested_too_deep(""));
    EXPECT_FALSE(is_nested_too_deep(nested(json_depth_max)));
    EXPECT_TRUE(is_nested_too_deep(nested(json_depth_max + 1)));
    EXPECT_TRUE(is_nested_too_deep(nested(json_depth_max, "{}")));
    EXPECT_TRUE(is_nested_too_deep(std::string(1'000'000, '[')));
    std::string beside;
    for (int count = 0; count < 1000; ++count) {
        beside += "[{}],";
    }
    EXPECT_FALSE(is_nested_too_deep("[" + beside + "1]"));
}

TEST(JsonDepth, what_stands_in_texts_opens_nothing) {
    const std::string brackets(1000, '[');
    EXPECT_FALSE(is_nested_too_deep("[\"" + brackets + "\"]"));
    EXPECT_FALSE(is_nested_too_deep("[\"\\\"" + brackets + "\"]"));
    EXPECT_TRUE(is_nested_too_deep("[\"\\\\\"," + brackets));
    EXPECT_FALSE(is_nested_too_deep("\"\\"));
}

}  // namespace
}  // namespace tidemark
