#include "domain/total.h"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

TEST(CheckedAdd, refuses_what_does_not_fit) {
    EXPECT_EQ(checked_add(largest - 1, 1), largest);
    EXPECT_EQ(checked_add(largest, 1), std::nullopt);
    EXPECT_EQ(checked_add(smallest, -1), std::nullopt);
    EXPECT_EQ(checked_add(smallest, largest), -1);
}

TEST(Total, goes_beyond_64_bits) {
    Total total(largest);
    total += largest;
    EXPECT_EQ(total.to_string(), "18446744073709551614");
    EXPECT_EQ(total.to_int64(), std::nullopt);
    EXPECT_EQ((-total).to_string(), "-18446744073709551614");
}

TEST(Total, reads_its_own_extremes_and_nothing_beyond) {
    const std::string top = "170141183460469231731687303715884105727";
    const std::string bottom = "-170141183460469231731687303715884105728";
    EXPECT_EQ(Total::parse(top)->to_string(), top);
    EXPECT_EQ(Total::parse(bottom)->to_string(), bottom);
    for (const char* text : {"170141183460469231731687303715884105728",
                             "",
                             "-",
                             "1.0",
                             "+1",
                             " 1",
                             "-170141183460469231731687303715884105729",
                             "1e3",
                             "0x1"}) {
        const Result<Total> total = Total::parse(text);
        ASSERT_FALSE(total.has_value()) << text;
        EXPECT_EQ(total.error().kind, ErrorKind::invalid_input);
    }
}

RC_GTEST_PROP(TotalProperty, text_and_value_are_one_to_one, (std::int64_t high, std::int64_t low)) {
    const Total total =
        Total::from_wide(static_cast<Total::Wide>(high) * (Total::Wide{1} << 63) + low);
    RC_ASSERT(Total::parse(total.to_string()).value() == total);
}

RC_GTEST_PROP(TotalProperty,
              adding_does_not_depend_on_the_order,
              (std::vector<std::int64_t> values)) {
    Total forward;
    Total backward;
    for (const std::int64_t value : values) {
        forward += value;
    }
    for (auto value = values.rbegin(); value != values.rend(); ++value) {
        backward += Total(*value);
    }
    RC_ASSERT(forward == backward);
}

}  // namespace
}  // namespace tidemark
