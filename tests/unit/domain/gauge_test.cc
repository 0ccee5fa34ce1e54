#include "domain/gauge.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

constexpr std::chrono::sys_days first_day = std::chrono::sys_days(std::chrono::days(20768));

GaugeEvent event(const char* subject, std::size_t metric, int second, std::int64_t value) {
    return {.subject = subject,
            .metric = metric,
            .value = value,
            .observed_at = first_day + std::chrono::seconds(second),
            .event_id = {}};
}

TEST(Gauge, an_instant_before_1970_has_its_own_day) {
    GaugeEvent early = event("a", 0, 0, 1);
    early.observed_at = Timestamp(std::chrono::microseconds(-1));
    EXPECT_EQ(early.day().to_string(), "1969-12-31");
    early.observed_at = Timestamp(std::chrono::microseconds(0));
    EXPECT_EQ(early.day().to_string(), "1970-01-01");
}

TEST(Gauge, the_newest_reading_is_current_and_the_largest_is_the_mark) {
    std::optional<GaugeLevel> level;
    const Timestamp noon = first_day + std::chrono::hours(12);
    observe(level, GaugeReading{.observed_at = noon, .value = 5});
    observe(level, GaugeReading{.observed_at = noon - std::chrono::hours(1), .value = 9});
    observe(level, GaugeReading{.observed_at = noon, .value = 4});
    ASSERT_TRUE(level.has_value());
    EXPECT_EQ(level->current, (GaugeReading{.observed_at = noon, .value = 5}));
    EXPECT_EQ(level->mark, 9);
}

TEST(Gauge, sorted_events_are_each_there_once_with_the_first_id) {
    std::vector<GaugeEvent> events = {event("b", 0, 1, 1),
                                      event("a", 1, 1, 1),
                                      event("a", 0, 86400, 1),
                                      event("a", 0, 1, 2),
                                      event("a", 0, 1, 1),
                                      event("a", 0, 1, 2)};
    events[3].event_id = "z";
    events[5].event_id = "y";
    sort_events(events);
    ASSERT_EQ(events.size(), 5U);
    EXPECT_EQ(events[0].value, 1);
    EXPECT_EQ(events[1].value, 2);
    EXPECT_EQ(events[1].event_id, "y");
    EXPECT_EQ(events[2].metric, 1U);
    EXPECT_EQ(events[3].day(), events[2].day().next());
    EXPECT_EQ(events[4].subject, "b");
    EXPECT_EQ(total_of(events, 2), (std::vector<Total>{Total(5), Total(1)}));
}

TEST(Gauge, a_day_without_an_event_of_a_metric_has_no_level_of_it) {
    const std::vector<GaugeEvent> events = {event("a", 1, 5, 3), event("b", 0, 5, 0)};
    const std::vector<GaugeDay> days = days_of(events, 2);
    ASSERT_EQ(days.size(), 2U);
    EXPECT_FALSE(days[0].levels[0].has_value());
    EXPECT_EQ(days[0].levels[1]->mark, 3);
    EXPECT_EQ(days[1].levels[0]->mark, 0);  // zero is a value
    EXPECT_FALSE(days[1].levels[1].has_value());
}

RC_GTEST_PROP(Gauge, days_do_not_depend_on_the_order_of_events, ()) {
    const auto drawn = *rc::gen::container<std::vector<GaugeEvent>>(rc::gen::map(
        rc::gen::tuple(rc::gen::inRange(0, 3),
                       rc::gen::inRange(0, 2),
                       rc::gen::inRange(0, 4),
                       rc::gen::inRange(0, 4)),
        [](const std::tuple<int, int, int, int>& draw) {
            const auto [subject, metric, hour, value] = draw;
            return event(
                subject == 0 ? "a" : "b", static_cast<std::size_t>(metric), hour * 43200, value);
        }));
    std::vector<GaugeEvent> forward = drawn;
    std::vector<GaugeEvent> backward(drawn.rbegin(), drawn.rend());
    backward.insert(backward.end(), drawn.begin(), drawn.end());
    sort_events(forward);
    sort_events(backward);
    RC_ASSERT(days_of(forward, 2) == days_of(backward, 2));
}

}  // namespace
}  // namespace tidemark
