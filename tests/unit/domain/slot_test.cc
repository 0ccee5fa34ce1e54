#include "domain/slot.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

std::chrono::sys_seconds at(std::int64_t seconds) {
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

TEST(Slot, begins_on_half_hours_of_utc) {
    const Slot slot = Slot::containing(at(1432635903));  // 2015-05-26T10:25:03Z
    EXPECT_EQ(slot.to_string(), "2015-05-26T10:00Z");
    EXPECT_EQ(slot.next().to_string(), "2015-05-26T10:30Z");
    EXPECT_EQ(slot.index_in_day(), 20);
}

TEST(Slot, before_1970_belongs_to_the_day_that_holds_it) {
    const Slot slot = Slot::containing(at(-1));
    EXPECT_EQ(slot.to_string(), "1969-12-31T23:30Z");
    EXPECT_EQ(slot.index(), -1);
    EXPECT_EQ(slot.index_in_day(), 47);
    EXPECT_EQ(slot.day().to_string(), "1969-12-31");
}

RC_GTEST_PROP(SlotProperty, is_half_open_and_of_one_day, ()) {
    const auto instant = at(*rc::gen::inRange<std::int64_t>(-60'000'000'000, 200'000'000'000));
    const Slot slot = Slot::containing(instant);
    RC_ASSERT(slot.begin() <= instant);
    RC_ASSERT(instant < slot.end());
    RC_ASSERT(slot.day() == UtcDay::containing(instant));
    RC_ASSERT(Slot::of_day(slot.day(), slot.index_in_day()) == slot);
    RC_ASSERT(Slot::from_index(slot.index()) == slot);
}

}  // namespace
}  // namespace tidemark
