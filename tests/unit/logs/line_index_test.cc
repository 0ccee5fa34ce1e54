#include "logs/line_index.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

using Vectors = LineIndex::Vectors;
using Wanted = LineIndex::Wanted;

constexpr std::string_view marks = "\n\"\\";

std::vector<std::uint32_t> places_of(std::string_view block, char mark) {
    std::vector<std::uint32_t> places;
    for (std::size_t at = block.find(mark); at != std::string_view::npos;
         at = block.find(mark, at + 1)) {
        places.push_back(static_cast<std::uint32_t>(at));
    }
    return places;
}

std::vector<std::uint32_t> all_of(const OffsetList& list) {
    const auto offsets = list.from(0, list.size());
    return {offsets.begin(), offsets.end()};
}

rc::Gen<std::string> block_text() {
    return rc::gen::resize(
        400,
        rc::gen::oneOf(rc::gen::container<std::string>(rc::gen::weightedElement<char>(
                           {{20, 'a'}, {3, '\n'}, {3, '"'}, {1, '\\'}, {1, '\x7f'}, {1, ' '}})),
                       rc::gen::container<std::string>(
                           rc::gen::elementOf(std::string("a\n\"\\\0\x80\xff b", 9)))));
}

void expect_found(LineIndex& index, std::string_view block, Wanted wanted) {
    const bool with_quotes = wanted == Wanted::newlines_and_quotes;
    RC_ASSERT(all_of(index.newlines()) == places_of(block, '\n'));
    RC_ASSERT(index.has_nul() == (block.find('\0') != std::string_view::npos));
    RC_ASSERT(index.is_ascii() ==
              std::ranges::none_of(block, [](char byte) { return (byte & 0x80) != 0; }));
    std::size_t begin = 0;
    while (begin <= block.size()) {
        const std::size_t end = std::min(block.find('\n', begin), block.size());
        const std::string_view line = block.substr(begin, end - begin);
        std::vector<std::uint32_t> quotes = places_of(line, '"');
        for (std::uint32_t& quote : quotes) {
            quote += static_cast<std::uint32_t>(begin);
        }
        const QuoteMarks found = index.next_marks(end);
        RC_ASSERT(found.origin == block.data());
        RC_ASSERT(std::vector(found.offsets.begin(), found.offsets.end()) ==
                  (with_quotes ? quotes : std::vector<std::uint32_t>()));
        RC_ASSERT(found.has_backslash ==
                  (with_quotes && line.find('\\') != std::string_view::npos));
        begin = end + 1;
    }
}

RC_GTEST_PROP(LineIndexProperty, finds_what_a_search_finds_by_all_vectors, ()) {
    const std::string block = *block_text();
    // What lies behind the block must not count.
    const std::string padded = block + std::string(marks) + '\0' + '\xff' + std::string(64, '"');
    const std::string_view inside = std::string_view(padded).substr(0, block.size());
    LineIndex index;
    for (const Wanted wanted : {Wanted::newlines, Wanted::newlines_and_quotes}) {
        for (const Vectors vectors : {Vectors::none, Vectors::avx2, Vectors::avx512}) {
            if (vectors <= LineIndex::widest_vectors()) {
                index.find(inside, wanted, vectors);
                expect_found(index, inside, wanted);
            }
        }
    }
}

TEST(LineIndex, takes_a_block_of_one_mark_only) {
    for (const char mark : marks) {
        const std::string block(1000, mark);
        LineIndex index;
        index.find(block, Wanted::newlines_and_quotes);
        EXPECT_EQ(index.newlines().size(), mark == '\n' ? block.size() : 0);
        const QuoteMarks found = index.next_marks(block.size());
        EXPECT_EQ(found.offsets.size(), mark == '"' ? block.size() : 0);
        EXPECT_EQ(found.has_backslash, mark == '\\');
    }
}

}  // namespace
}  // namespace tidemark
