#include "store/usage_period.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

struct BeginCase {
    const char* name;
    UsagePeriod period;
    const char* day;
    int slot;
    const char* begin;
};

constexpr BeginCase begin_cases[] = {
    {"slot_is_itself", UsagePeriod::slot, "2026-11-11", 47, "2026-11-11T23:30Z"},
    {"day", UsagePeriod::day, "2026-11-11", 47, "2026-11-11T00:00Z"},
    {"month", UsagePeriod::month, "2026-11-30", 3, "2026-11-01T00:00Z"},
    {"month_of_its_first_day", UsagePeriod::month, "2026-12-01", 0, "2026-12-01T00:00Z"},
    {"leap_day", UsagePeriod::month, "2024-02-29", 0, "2024-02-01T00:00Z"},
    {"before_1970", UsagePeriod::month, "1969-12-31", 47, "1969-12-01T00:00Z"},
    {"total_begins_with_the_range", UsagePeriod::total, "2026-11-11", 47, "2020-05-05T00:00Z"},
};

class PeriodBegin : public testing::TestWithParam<BeginCase> {};

TEST_P(PeriodBegin, is_the_first_slot_of_the_period) {
    const Slot slot = Slot::of_day(UtcDay::parse(GetParam().day).value(), GetParam().slot);
    const UtcDay from = UtcDay::parse("2020-05-05").value();
    EXPECT_EQ(period_begin(GetParam().period, slot, from).to_string(), GetParam().begin);
}

INSTANTIATE_TEST_SUITE_P(Cases, PeriodBegin, testing::ValuesIn(begin_cases), [](const auto& test) {
    return test.param.name;
});

TEST(UsagePeriod, names_and_periods_are_one_to_one) {
    for (const char* name : {"slot", "day", "month", "total"}) {
        const Result<UsagePeriod> period = parse_usage_period(name);
        ASSERT_TRUE(period.has_value());
        EXPECT_EQ(to_string(*period), name);
    }
    const Result<UsagePeriod> wrong = parse_usage_period("dya");
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(wrong.error().message.find("'day'"), std::string::npos) << wrong.error().message;
}

}  // namespace
}  // namespace tidemark
