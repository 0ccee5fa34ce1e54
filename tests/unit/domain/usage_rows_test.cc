#include "domain/usage_rows.h"

#include <limits>
#include <map>
#include <tuple>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

using Key = std::tuple<UtcDay, std::string, Slot>;

RC_GTEST_PROP(UsageRowsProperty, come_in_key_order_each_key_once_with_the_sum, ()) {
    const auto count = *rc::gen::inRange(0, 60);
    std::map<Key, std::pair<std::int64_t, std::int64_t>> expected;
    UsageRows::Builder builder(2);
    for (int i = 0; i < count; ++i) {
        const std::string subject = *rc::gen::element<std::string>("", "a", "ab", "b", "\xC3\xA9");
        const Slot slot = Slot::from_index(*rc::gen::inRange(-100, 100));
        const auto left = *rc::gen::inRange<std::int64_t>(-5, 1000);
        const std::int64_t values[] = {left, 1};
        builder.add(subject, slot, values);
        auto& sums = expected[{slot.day(), subject, slot}];
        sums.first += left;
        sums.second += 1;
    }
    Result<UsageRows> rows = std::move(builder).finish();
    RC_ASSERT(rows.has_value());
    auto next = expected.begin();
    while (const UsageRow* row = rows->next()) {
        RC_ASSERT(next != expected.end());
        RC_ASSERT(Key(row->slot.day(), std::string(row->subject), row->slot) == next->first);
        RC_ASSERT(row->values[0] == next->second.first);
        RC_ASSERT(row->values[1] == next->second.second);
        ++next;
    }
    RC_ASSERT(next == expected.end());
}

TEST(UsageRows, a_sum_beyond_64_bits_is_an_error) {
    UsageRows::Builder builder(1);
    const std::int64_t values[] = {std::numeric_limits<std::int64_t>::max()};
    builder.add("site", Slot::from_index(0), values);
    builder.add("site", Slot::from_index(0), values);
    const Result<UsageRows> rows = std::move(builder).finish();
    ASSERT_FALSE(rows.has_value());
    EXPECT_NE(rows.error().message.find("site"), std::string::npos);
}

TEST(TotalOf, sums_beyond_64_bits_and_can_be_read_again) {
    UsageRows::Builder builder(1);
    const std::int64_t values[] = {std::numeric_limits<std::int64_t>::max()};
    builder.add("a", Slot::from_index(0), values);
    builder.add("b", Slot::from_index(0), values);
    Result<UsageRows> rows = std::move(builder).finish();
    ASSERT_TRUE(rows.has_value());
    EXPECT_EQ(total_of(*rows).at(0).to_string(), "18446744073709551614");
    EXPECT_EQ(total_of(*rows).at(0).to_string(), "18446744073709551614");
}

}  // namespace
}  // namespace tidemark
