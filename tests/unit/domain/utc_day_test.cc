#include "domain/utc_day.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

struct ParseCase {
    const char* name;
    const char* text;
    bool accepted;
};

constexpr ParseCase parse_cases[] = {
    {"first_day", "0001-01-01", true},
    {"epoch", "1970-01-01", true},
    {"leap_day", "2024-02-29", true},
    {"century_leap_day", "2000-02-29", true},
    {"last_day", "9999-12-31", true},
    {"century_is_not_leap", "1900-02-29", false},
    {"no_leap_year", "2023-02-29", false},
    {"year_zero", "0000-01-01", false},
    {"month_zero", "2024-00-01", false},
    {"month_13", "2024-13-01", false},
    {"day_zero", "2024-01-00", false},
    {"april_31", "2024-04-31", false},
    {"trailing_space", "2024-01-01 ", false},
    {"leading_space", " 2024-01-01", false},
    {"short_month", "2024-1-01", false},
    {"slashes", "2024/01/01", false},
    {"sign", "-024-01-01", false},
    {"empty", "", false},
};

class UtcDayParse : public testing::TestWithParam<ParseCase> {};

TEST_P(UtcDayParse, accepts_only_days_that_exist) {
    const Result<UtcDay> day = UtcDay::parse(GetParam().text);
    ASSERT_EQ(day.has_value(), GetParam().accepted);
    if (day.has_value()) {
        EXPECT_EQ(day->to_string(), GetParam().text);
    } else {
        EXPECT_EQ(day.error().kind, ErrorKind::invalid_input);
        EXPECT_NE(day.error().message.find(GetParam().text), std::string::npos);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, UtcDayParse, testing::ValuesIn(parse_cases), [](const auto& test) {
    return test.param.name;
});

constexpr std::int32_t first_day = -719162;  // 0001-01-01
constexpr std::int32_t last_day = 2932896;   // 9999-12-31

RC_GTEST_PROP(UtcDayProperty, text_and_day_are_one_to_one, ()) {
    const auto days = *rc::gen::inRange(first_day, last_day + 1);
    const UtcDay day = UtcDay::from_days_since_epoch(days);
    const Result<UtcDay> parsed = UtcDay::parse(day.to_string());
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(*parsed == day);
}

RC_GTEST_PROP(UtcDayProperty, holds_its_begin_and_not_its_end, ()) {
    const UtcDay day = UtcDay::from_days_since_epoch(*rc::gen::inRange(first_day, last_day));
    RC_ASSERT(UtcDay::containing(day.begin()) == day);
    RC_ASSERT(UtcDay::containing(day.end() - std::chrono::seconds(1)) == day);
    RC_ASSERT(UtcDay::containing(day.end()) == day.next());
}

}  // namespace
}  // namespace tidemark
