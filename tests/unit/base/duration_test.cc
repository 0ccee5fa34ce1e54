#include "base/duration.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

struct DurationCase {
    const char* name;
    const char* text;
    std::int64_t length_ms;  // -1: refused
    const char* shown;
};

constexpr DurationCase duration_cases[] = {
    {"milliseconds", "500ms", 500, "500ms"},
    {"seconds", "90s", 90'000, "90s"},
    {"minutes", "120m", 7'200'000, "2h"},
    {"hours", "2h", 7'200'000, "2h"},
    {"days", "62d", 5'356'800'000, "62d"},
    {"nothing", "0d", 0, "0s"},
    {"the_largest", "999999999d", 86'399'999'913'600'000, "999999999d"},
    {"too_many_digits", "1000000000s", -1, ""},
    {"negative", "-1s", -1, ""},
    {"a_fraction", "1.5h", -1, ""},
    {"no_unit", "90", -1, ""},
    {"no_number", "s", -1, ""},
    {"a_blank", "2 h", -1, ""},
    {"empty", "", -1, ""},
};

class Duration : public testing::TestWithParam<DurationCase> {};

TEST_P(Duration, is_read_and_written_as_people_do) {
    const auto duration = parse_duration(GetParam().text);
    ASSERT_EQ(duration.has_value(), GetParam().length_ms >= 0);
    if (duration.has_value()) {
        EXPECT_EQ(duration->count(), GetParam().length_ms);
        EXPECT_EQ(to_string(*duration), GetParam().shown);
    }
}

INSTANTIATE_TEST_SUITE_P(Texts, Duration, testing::ValuesIn(duration_cases), [](const auto& test) {
    return std::string(test.param.name);
});

}  // namespace
}  // namespace tidemark
