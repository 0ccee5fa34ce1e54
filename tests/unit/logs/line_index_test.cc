#include "logs/line_index.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

RC_GTEST_PROP(LineIndexProperty, vectors_agree_with_the_plain_loop, ()) {
    const std::string block = *rc::gen::resize(
        400,
        rc::gen::container<std::string>(rc::gen::weightedElement<char>(
            {{10, 'a'}, {3, '\n'}, {1, *rc::gen::elementOf(std::string("\0\x80\xff b", 5))}})));
    // What lies behind the block must not count.
    const std::string padded = block + std::string(64, '\n') + '\0' + '\xff';
    LineIndex fast;
    LineIndex plain;
    fast.find(std::string_view(padded).substr(0, block.size()));
    plain.find_portably(block);
    RC_ASSERT(fast.newline_count() == plain.newline_count());
    for (std::size_t at = 0; at < plain.newline_count(); ++at) {
        RC_ASSERT(fast.newlines()[at] == plain.newlines()[at]);
        RC_ASSERT(block[plain.newlines()[at]] == '\n');
    }
    RC_ASSERT(fast.has_nul() == plain.has_nul());
    RC_ASSERT(fast.is_ascii() == plain.is_ascii());
    RC_ASSERT(plain.has_nul() == (block.find('\0') != std::string::npos));
}

TEST(LineIndex, takes_a_block_of_newlines_only) {
    const std::string padded(1064, '\n');
    const std::string_view block = std::string_view(padded).substr(0, 1000);
    LineIndex index;
    index.find(block);
    EXPECT_EQ(index.newline_count(), block.size());
    EXPECT_EQ(index.newlines()[999], 999U);
}

}  // namespace
}  // namespace tidemark
