#include "sync/span_set.h"

#include <set>

#include <gtest/gtest.h>

#include "base/random.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

std::set<std::int64_t> numbers_of(const SpanSet& set) {
    std::set<std::int64_t> numbers;
    for (const Span& span : set.spans()) {
        for (std::int64_t number = span.begin; number < span.end; ++number) {
            numbers.insert(number);
        }
    }
    return numbers;
}

SpanSet random_set(RandomStream& random) {
    std::vector<Span> spans;
    for (std::uint64_t i = random.below(6); i > 0; --i) {
        const auto begin = static_cast<std::int64_t>(random.below(30)) - 10;
        spans.push_back({begin, begin + static_cast<std::int64_t>(random.below(8)) - 1});
    }
    return SpanSet::of(spans);
}

TEST(SpanSet, is_one_set_whatever_the_order_and_overlap_of_its_spans) {
    const SpanSet set = SpanSet::of({{5, 7}, {1, 3}, {9, 9}, {3, 5}, {12, 10}, {2, 4}});
    EXPECT_EQ(set.spans(), (std::vector<Span>{{1, 7}}));
    EXPECT_EQ(set.size(), 6);
    EXPECT_EQ(set.end(), 7);
    EXPECT_EQ(SpanSet().end(), std::nullopt);
}

TEST(SpanSet, finds_the_first_number_that_is_absent) {
    const SpanSet set = SpanSet::of({{1, 3}, {5, 6}});
    EXPECT_EQ(set.first_absent(0), 0);
    EXPECT_EQ(set.first_absent(1), 3);
    EXPECT_EQ(set.first_absent(3), 3);
    EXPECT_EQ(set.first_absent(5), 6);
    EXPECT_EQ(set.first_absent(9), 9);
}

TEST(SpanSet, does_with_spans_what_sets_do_with_numbers) {
    RandomStream random(announced_seed(), "spans");
    for (int i = 0; i < 2000; ++i) {
        const SpanSet left = random_set(random);
        const SpanSet right = random_set(random);
        const auto in_left = numbers_of(left);
        const auto in_right = numbers_of(right);
        std::set<std::int64_t> united = in_left;
        united.insert(in_right.begin(), in_right.end());
        std::set<std::int64_t> common;
        std::set<std::int64_t> rest;
        std::set<std::int64_t> inside;
        for (const std::int64_t number : in_left) {
            (in_right.contains(number) ? common : rest).insert(number);
            if (number >= -3 && number < 12) {
                inside.insert(number);
            }
        }
        EXPECT_EQ(numbers_of(left.united(right)), united);
        EXPECT_EQ(numbers_of(left.intersected(right)), common);
        EXPECT_EQ(numbers_of(left.without(right)), rest);
        EXPECT_EQ(numbers_of(left.within({-3, 12})), inside);
        for (const SpanSet& set : {left.united(right), left.without(right)}) {
            EXPECT_EQ(SpanSet::of(set.spans()), set);
        }
    }
}

}  // namespace
}  // namespace tidemark::test
