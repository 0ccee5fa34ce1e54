#include "simulate/plan/duration_text.h"

#include <gtest/gtest.h>

namespace tidemark::simulate {
namespace {

TEST(Duration, reads_what_it_writes) {
    for (const char* text : {"0s", "1us", "250ms", "30s", "8m", "1h30m", "2d1h", "1s500ms"}) {
        const auto span = parse_duration(text);
        ASSERT_TRUE(span.has_value()) << text;
        EXPECT_EQ(duration_text(*span), text);
    }
    EXPECT_EQ(parse_duration("1.5h").value(), std::chrono::minutes(90));
    EXPECT_EQ(parse_duration("90m").value(), std::chrono::minutes(90));
}

TEST(Duration, refuses_what_has_no_unit_or_no_number) {
    for (const char* text : {"", "30", "s", "-1s", "30 s", "1x", "1S", "1h30", "1001d", "nans"}) {
        EXPECT_FALSE(parse_duration(text).has_value()) << text;
    }
}

TEST(Size, has_decimal_and_binary_units) {
    EXPECT_EQ(parse_size("50GB").value(), 50'000'000'000);
    EXPECT_EQ(parse_size("1.5MiB").value(), 1'572'864);
    EXPECT_EQ(parse_size("12").value(), 12);
    for (const char* text : {"", "GB", "-1GB", "1gb", "1 GB", "99999999TB"}) {
        EXPECT_FALSE(parse_size(text).has_value()) << text;
    }
    EXPECT_EQ(size_text(999), "999 B");
    EXPECT_EQ(size_text(1'234'000), "1.23 MB");
    EXPECT_EQ(size_text(98'700'000'000), "98.7 GB");
    EXPECT_EQ(size_text(123'000'000'000'000), "123 TB");
}

}  // namespace
}  // namespace tidemark::simulate
