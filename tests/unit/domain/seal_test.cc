#include "domain/seal.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

constexpr std::chrono::hours lateness{2};

UtcDay day(int number) {
    return UtcDay::from_days_since_epoch(20'000 + number);
}

Coverage slots(int from_day, int from_slot, int to_day, int to_slot) {
    Coverage coverage;
    coverage.add({.begin = Slot::of_day(day(from_day), from_slot),
                  .end = Slot::of_day(day(to_day), to_slot)});
    return coverage;
}

using Days = std::vector<UtcDay>;

TEST(CompleteDays, are_none_without_a_feed) {
    EXPECT_EQ(complete_days({}, Timestamp(day(9).begin()), lateness), Days{});
}

TEST(CompleteDays, are_covered_whole) {
    const std::vector<Coverage> feeds = {slots(0, 1, 3, 47)};
    EXPECT_EQ(complete_days(feeds, Timestamp(day(9).begin()), lateness), (Days{day(1), day(2)}));
}

TEST(CompleteDays, are_covered_by_every_feed) {
    const std::vector<Coverage> feeds = {slots(0, 0, 4, 0), slots(2, 0, 6, 0)};
    EXPECT_EQ(complete_days(feeds, Timestamp(day(9).begin()), lateness), (Days{day(2), day(3)}));
    const std::vector<Coverage> and_silence = {slots(0, 0, 4, 0), Coverage{}};
    EXPECT_EQ(complete_days(and_silence, Timestamp(day(9).begin()), lateness), Days{});
}

TEST(CompleteDays, have_ended_for_as_long_as_the_lateness) {
    const std::vector<Coverage> feeds = {slots(0, 0, 9, 0)};
    const Timestamp due = Timestamp(day(0).end()) + lateness;
    EXPECT_EQ(complete_days(feeds, due, lateness), Days{day(0)});
    EXPECT_EQ(complete_days(feeds, due - std::chrono::microseconds(1), lateness), Days{});
}

TEST(CompleteDays, never_come_before_their_end) {
    const std::vector<Coverage> feeds = {slots(0, 0, 9, 0)};
    const Timestamp end(day(0).end());
    EXPECT_EQ(complete_days(feeds, end, -lateness), Days{day(0)});
    EXPECT_EQ(complete_days(feeds, end - std::chrono::microseconds(1), -lateness), Days{});
}

RC_GTEST_PROP(CompleteDays, are_those_of_which_every_feed_covers_every_slot, ()) {
    std::vector<Coverage> feeds(*rc::gen::inRange<std::size_t>(1, 4));
    for (Coverage& feed : feeds) {
        const int range_count = *rc::gen::inRange(0, 5);
        for (int i = 0; i < range_count; ++i) {
            const int begin = Slot::of_day(day(0), 0).index() + *rc::gen::inRange(0, 8 * 48);
            const int length = *rc::gen::inRange(1, 4 * 48);
            feed.add({.begin = Slot::from_index(begin), .end = Slot::from_index(begin + length)});
        }
    }
    Days expected;
    for (int number = 0; number < 14; ++number) {
        bool whole = true;
        for (const Coverage& feed : feeds) {
            for (int slot = 0; slot < Slot::per_day; ++slot) {
                whole = whole && feed.covers(Slot::of_day(day(number), slot));
            }
        }
        if (whole) {
            expected.push_back(day(number));
        }
    }
    RC_ASSERT(complete_days(feeds, Timestamp(day(20).begin()), lateness) == expected);
}

TEST(FreezePolicy, is_read_as_written) {
    EXPECT_EQ(parse_freeze_policy("reject").value(), FreezePolicy::reject);
    EXPECT_EQ(parse_freeze_policy("adjust").value(), FreezePolicy::adjust);
    EXPECT_FALSE(parse_freeze_policy("ignore").has_value());
}

}  // namespace
}  // namespace tidemark
