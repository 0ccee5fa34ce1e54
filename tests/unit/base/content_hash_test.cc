#include "base/content_hash.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

TEST(ContentHash, is_xxh3_with_128_bits) {
    // The published digest of nothing.
    EXPECT_EQ(ContentHasher().finish().to_string(), "99aa06d3014798d86001c324468d497f");
}

RC_GTEST_PROP(ContentHashProperty,
              does_not_depend_on_how_the_content_is_cut,
              (std::string content)) {
    const auto cut = *rc::gen::inRange<std::size_t>(0, content.size() + 1);
    ContentHasher whole;
    whole.update(content);
    ContentHasher pieces;
    pieces.update(std::string_view(content).substr(0, cut));
    pieces.update(std::string_view(content).substr(cut));
    RC_ASSERT(whole.finish() == pieces.finish());
}

TEST(ContentHashText, is_read_back_and_nothing_else_is) {
    const ContentHash hash{.high = 0x1, .low = 0xfedcba9876543210};
    EXPECT_EQ(ContentHash::parse(hash.to_string()), hash);
    const std::string text = hash.to_string();
    for (const std::string& wrong : {std::string(),
                                     text.substr(1),
                                     text + "0",
                                     "g" + text.substr(1),
                                     "A" + text.substr(1),
                                     "-" + text.substr(1)}) {
        EXPECT_EQ(ContentHash::parse(wrong), std::nullopt) << wrong;
    }
}

TEST(ContentHash, of_bytes_at_hand_depends_on_the_seed) {
    ContentHasher hasher;
    hasher.update("content");
    EXPECT_EQ(hash_of("content", 0), hasher.finish());
    EXPECT_EQ(hash_of("content", 7), hash_of("content", 7));
    EXPECT_NE(hash_of("content", 7), hash_of("content", 8));
    EXPECT_NE(hash_of("content", 7), hash_of("contents", 7));
}

}  // namespace
}  // namespace tidemark
