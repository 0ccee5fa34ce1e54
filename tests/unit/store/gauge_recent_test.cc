#include "store/gauge_recent.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace {

GaugeEvent event(std::string subject, std::size_t metric, std::int64_t at_us, std::int64_t value) {
    return {.subject = std::move(subject),
            .metric = metric,
            .value = value,
            .observed_at = Timestamp(std::chrono::microseconds(at_us)),
            .event_id = {}};
}

TEST(RecentReadings, know_the_newest_of_each_subject_and_metric) {
    RecentReadings recent;
    EXPECT_TRUE(recent.empty());
    recent.note(std::vector{event("a", 0, 10, 5), event("a", 0, 20, 4), event("b", 3, 10, 7)});
    recent.note(std::vector{event("a", 0, 15, 9)});
    EXPECT_FALSE(recent.empty());
    EXPECT_TRUE(recent.knows(event("a", 0, 20, 4)));
    EXPECT_TRUE(recent.knows(event("b", 3, 10, 7)));
    for (const GaugeEvent& other : {event("a", 0, 10, 5),     // older
                                    event("a", 0, 15, 9),     // older, though it came last
                                    event("a", 0, 20, 5),     // another value
                                    event("a", 0, 21, 4),     // another instant
                                    event("a", 1, 20, 4),     // another metric
                                    event("a", 9, 20, 4),     // one that no event was of
                                    event("c", 0, 20, 4)}) {  // another subject
        EXPECT_FALSE(recent.knows(other)) << other.subject << other.metric;
    }
    recent.clear();
    EXPECT_TRUE(recent.empty());
    EXPECT_FALSE(recent.knows(event("a", 0, 20, 4)));
}

TEST(RecentReadings, are_forgotten_before_there_are_too_many) {
    RecentReadings recent;
    for (std::size_t number = 0; number < RecentReadings::readings_max; ++number) {
        recent.note(std::vector{event(fmt::format("{}", number), 0, 10, 5)});
    }
    recent.note(std::vector{event("7", 0, 20, 5)});  // which needs no room
    EXPECT_TRUE(recent.knows(event("8", 0, 10, 5)));
    recent.note(std::vector{event("one more", 0, 10, 5)});
    EXPECT_TRUE(recent.knows(event("one more", 0, 10, 5)));
    EXPECT_FALSE(recent.knows(event("8", 0, 10, 5)));
}

}  // namespace
}  // namespace tidemark
