#include "worker/poll_schedule.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using std::chrono::sys_days;

// Sunday.
Timestamp at(int hour, int minute, int second) {
    return sys_days(std::chrono::year(2026) / 11 / 22) + std::chrono::hours(hour) +
           std::chrono::minutes(minute) + std::chrono::seconds(second);
}

TEST(PollSchedule, a_duration_counts_from_the_last_poll) {
    EXPECT_EQ(PollSchedule::parse("30s")->next_after(at(10, 0, 5)), at(10, 0, 35));
    EXPECT_EQ(PollSchedule::parse("2m")->next_after(at(10, 0, 5)), at(10, 2, 5));
    EXPECT_EQ(PollSchedule::parse("6h")->next_after(at(10, 0, 5)), at(16, 0, 5));
    EXPECT_EQ(PollSchedule::parse("1500ms")->next_after(at(10, 0, 5)),
              at(10, 0, 6) + std::chrono::milliseconds(500));
}

TEST(PollSchedule, cron_names_the_minutes) {
    struct Case {
        const char* expression;
        Timestamp from;
        Timestamp next;
    };
    const auto later = [](int days, int hour, int minute) {
        return at(hour, minute, 0) + std::chrono::days(days);
    };
    const Case cases[] = {
        {"*/2 * * * *", at(10, 0, 0), at(10, 2, 0)},
        {"*/2 * * * *", at(10, 1, 59), at(10, 2, 0)},
        {"*/2 * * * *", at(23, 59, 0), later(1, 0, 0)},
        {"15 6,18 * * *", at(6, 15, 0), at(18, 15, 0)},
        {"0 0 1 * *", at(10, 0, 0), later(9, 0, 0)},
        {"0 9-17/4 * * *", at(14, 0, 0), at(17, 0, 0)},
        {"0 12 * * 1-5", at(10, 0, 0), later(1, 12, 0)},
        {"0 12 * * 7", at(10, 0, 0), at(12, 0, 0)},
        {"0 12 24 * 1", at(10, 0, 0), later(1, 12, 0)},  // either of the two days
        {"0 0 29 2 *", at(10, 0, 0), Timestamp(sys_days(std::chrono::year(2028) / 2 / 29))},
        {"5/20 * * * *", at(10, 6, 0), at(10, 25, 0)},
    };
    for (const Case& each : cases) {
        const Result<PollSchedule> schedule = PollSchedule::parse(each.expression);
        ASSERT_TRUE(schedule.has_value()) << schedule.error().message;
        EXPECT_EQ(schedule->next_after(each.from), each.next) << each.expression;
    }
}

TEST(PollSchedule, what_cannot_be_meant_is_refused) {
    for (const char* text : {"",
                             "0s",
                             "30",
                             "s",
                             "-5s",
                             "1.5s",
                             "* * * *",
                             "60 * * * *",
                             "* 24 * * *",
                             "* * 0 * *",
                             "* * * 13 *",
                             "* * * * 8",
                             "5-3 * * * *",
                             "*/0 * * * *",
                             "a * * * *",
                             "0 0 30 2 *",
                             "* * * * * *",
                             "1,,2 * * * *"}) {
        const Result<PollSchedule> schedule = PollSchedule::parse(text);
        ASSERT_FALSE(schedule.has_value()) << text;
        EXPECT_EQ(schedule.error().kind, ErrorKind::invalid_input);
    }
}

}  // namespace
}  // namespace tidemark
