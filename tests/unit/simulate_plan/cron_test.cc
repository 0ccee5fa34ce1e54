#include "simulate/plan/cron.h"

#include <gtest/gtest.h>

#include "simulate/plan/trace.h"

namespace tidemark::simulate {
namespace {

struct MatchCase {
    const char* name;
    const char* cron;
    const char* instant;  // 2026-11-02 is a Monday
    bool matches;
};

class CronMatches : public testing::TestWithParam<MatchCase> {};

TEST_P(CronMatches, the_minutes_it_names) {
    const Result<Cron> cron = Cron::parse(GetParam().cron);
    ASSERT_TRUE(cron.has_value()) << cron.error().message;
    EXPECT_EQ(cron->matches(parse_instant(GetParam().instant).value()), GetParam().matches);
}

constexpr MatchCase match_cases[] = {
    {"every_minute", "* * * * *", "2026-11-02T00:00:00Z", true},
    {"every_second_minute", "*/2 * * * *", "2026-11-02T00:02:00Z", true},
    {"not_the_odd_one", "*/2 * * * *", "2026-11-02T00:03:00Z", false},
    {"list_and_range", "0,30-32 * * * *", "2026-11-02T05:31:00Z", true},
    {"after_the_range", "0,30-32 * * * *", "2026-11-02T05:33:00Z", false},
    {"stepped_range", "10-50/20 * * * *", "2026-11-02T05:30:00Z", true},
    {"step_from_a_number", "5/15 * * * *", "2026-11-02T05:50:00Z", true},
    {"hours", "0 4-6 * * *", "2026-11-02T06:00:00Z", true},
    {"weekday_by_name", "0 0 * * mon", "2026-11-02T00:00:00Z", true},
    {"weekday_range", "0 0 * * TUE-FRI", "2026-11-02T00:00:00Z", false},
    {"sunday_is_7", "0 0 * * 7", "2026-11-01T00:00:00Z", true},
    {"sunday_is_0", "0 0 * * 0", "2026-11-01T00:00:00Z", true},
    {"month_by_name", "0 0 2 nov *", "2026-11-02T00:00:00Z", true},
    {"other_month", "0 0 2 dec *", "2026-11-02T00:00:00Z", false},
    {"either_day_field", "0 0 15 * mon", "2026-11-02T00:00:00Z", true},
    {"neither_day_field", "0 0 15 * tue", "2026-11-02T00:00:00Z", false},
    {"starred_step_restricts_nothing_else", "0 0 */2 * mon", "2026-11-02T00:00:00Z", false},
};
INSTANTIATE_TEST_SUITE_P(Cases, CronMatches, testing::ValuesIn(match_cases), [](const auto& test) {
    return test.param.name;
});

TEST(Cron, refuses_what_it_cannot_mean) {
    for (const char* text : {"",
                             "* * * *",
                             "* * * * * *",
                             "60 * * * *",
                             "* 24 * * *",
                             "* * 0 * *",
                             "* * * 13 *",
                             "* * * * 8",
                             "5-2 * * * *",
                             "*/0 * * * *",
                             "1,,2 * * * *",
                             "x * * * *",
                             "@daily"}) {
        EXPECT_FALSE(Cron::parse(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace tidemark::simulate
