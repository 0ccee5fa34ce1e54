#include "store/usage_sum.h"

#include <limits>
#include <map>
#include <tuple>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

const UtcDay day = UtcDay::from_days_since_epoch(20768);

UsageQuery by(UsagePeriod period) {
    UsageQuery query{.dataset = "cdn", .subjects = {}, .from = day, .to = day.plus_days(9)};
    query.period = period;
    return query;
}

RC_GTEST_PROP(UsageSumProperty, is_ordered_and_the_plain_sum_in_any_order_of_rows, ()) {
    const auto rows = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
        rc::gen::tuple(rc::gen::inRange(0, 4), rc::gen::inRange(0, 96), rc::gen::inRange(-5, 5)));
    const UsageQuery query = by(UsagePeriod::slot);
    UsageSum sum(query);
    std::map<std::pair<Slot, std::string>, Total> plain;
    for (const auto& [subject_number, slot_number, value] : rows) {
        const std::string subject(static_cast<std::size_t>(subject_number), 'a');
        const Slot slot = Slot::of_day(day, slot_number);
        const std::int64_t values[] = {value};
        sum.add(subject, slot, values);
        plain[{slot, subject}] += value;
    }
    const std::vector<UsageAnswerRow> answer = std::move(sum).finish();
    RC_ASSERT(answer.size() == plain.size());
    auto expected = plain.begin();
    for (const UsageAnswerRow& row : answer) {
        RC_ASSERT(row.period_begin == expected->first.first);
        RC_ASSERT(row.subject == expected->first.second);
        RC_ASSERT(row.values == std::vector{expected->second});
        ++expected;
    }
}

TEST(UsageSum, of_all_subjects_is_one_row_a_period) {
    UsageQuery query = by(UsagePeriod::day);
    query.per_subject = false;
    UsageSum sum(query);
    const std::int64_t values[] = {std::numeric_limits<std::int64_t>::max(), 1};
    sum.add("a", Slot::of_day(day, 0), values);
    sum.add("b", Slot::of_day(day, 47), values);
    const std::vector<UsageAnswerRow> answer = std::move(sum).finish();
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_EQ(answer[0].subject, "");
    EXPECT_EQ(answer[0].values[0].to_string(), "18446744073709551614");
    EXPECT_EQ(answer[0].values[1], Total(2));
}

}  // namespace
}  // namespace tidemark
