#include "store/gauge_recent.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "unit/store/gauge_event.h"

namespace tidemark {
namespace {

void note(RecentEvents& recent, const std::vector<GaugeEvent>& events) {
    recent.note(recent.fingerprints_of(events));
}

std::vector<bool> known(const RecentEvents& recent, const std::vector<GaugeEvent>& events) {
    return recent.known(recent.fingerprints_of(events));
}

TEST(RecentEvents, are_known_by_all_that_they_say) {
    RecentEvents recent;
    EXPECT_TRUE(recent.empty());
    EXPECT_EQ(known(recent, {event("a", 0, 10, 5)}), std::vector<bool>{false});
    note(recent, {event("a", 0, 10, 5), event("b", 3, 10, 7), event("", 0, 0, 0)});
    note(recent, {event("a", 0, 20, 4)});
    EXPECT_FALSE(recent.empty());
    EXPECT_EQ(
        known(
            recent,
            {event("a", 0, 10, 5), event("b", 3, 10, 7), event("", 0, 0, 0), event("a", 0, 20, 4)}),
        (std::vector<bool>{true, true, true, true}));
    EXPECT_EQ(known(recent,
                    {event("a", 0, 20, 5),
                     event("a", 0, 21, 4),
                     event("a", 1, 20, 4),
                     event("c", 0, 20, 4),
                     event("aa", 0, 20, 4)}),
              (std::vector<bool>{false, false, false, false, false}));
    recent.clear();
    EXPECT_TRUE(recent.empty());
    EXPECT_EQ(known(recent, {event("a", 0, 10, 5)}), std::vector<bool>{false});
}

TEST(RecentEvents, are_replaced_by_newer_ones) {
    RecentEvents recent;
    std::vector<GaugeEvent> events;
    for (std::size_t number = 0; number < 4 * RecentEvents::events_max; ++number) {
        events.push_back(event(fmt::format("{}", number), 0, 10, 5));
    }
    note(recent, events);
    const std::vector<bool> left = known(recent, events);
    EXPECT_LE(std::ranges::count(left, true), std::int64_t{RecentEvents::events_max});
    // The newest are there but for the few that shared a bucket with four still newer ones.
    const auto newest = left.end() - RecentEvents::events_max / 4;
    EXPECT_GT(std::ranges::count(newest, left.end(), true),
              std::int64_t{RecentEvents::events_max} / 4 * 95 / 100);
}

TEST(RecentEvents, that_come_again_stay_longest) {
    RecentEvents recent;
    note(recent, {event("again", 0, 10, 5)});
    for (std::size_t number = 0; number < 2 * RecentEvents::events_max; ++number) {
        note(recent, {event(fmt::format("{}", number), 0, 10, 5), event("again", 0, 10, 5)});
    }
    EXPECT_EQ(known(recent, {event("again", 0, 10, 5)}), std::vector<bool>{true});
}

// What another object noted says nothing to this one, were it only by chance.
TEST(RecentEvents, have_fingerprints_of_their_own) {
    const RecentEvents one;
    const RecentEvents other;
    const std::vector<GaugeEvent> events = {event("a", 0, 10, 5)};
    EXPECT_EQ(one.fingerprints_of(events), one.fingerprints_of(events));
    EXPECT_NE(one.fingerprints_of(events), other.fingerprints_of(events));
}

}  // namespace
}  // namespace tidemark
