#include "worker/file_coverage.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

constexpr const char* by_hour = R"((?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)-(?P<hour>\d\d))";

TEST(FileCoverage, reads_the_finest_part_that_the_name_has) {
    const auto hour = FileCoverage::make(by_hour);
    ASSERT_TRUE(hour.has_value());
    EXPECT_EQ((*hour)->covered_by("logs/2020-01-01-00/E2.2026-11-01-23.ab.gz")->to_string(),
              "2026-11-01T23:00Z/2026-11-02T00:00Z");
    const auto day = FileCoverage::make(R"(wpc_A000_(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)_)");
    ASSERT_TRUE(day.has_value());
    EXPECT_EQ((*day)->covered_by("wpc_A000_20261101_0058.log.gz")->to_string(),
              "2026-11-01T00:00Z/2026-11-02T00:00Z");
    const auto minute = FileCoverage::make(std::string(by_hour) + R"(:(?P<minute>\d\d))");
    ASSERT_TRUE(minute.has_value());
    EXPECT_EQ((*minute)->covered_by("2026-11-01-10:30.log")->to_string(),
              "2026-11-01T10:30Z/2026-11-01T11:00Z");
}

TEST(FileCoverage, names_the_file_that_says_nothing_or_nonsense) {
    const auto hour = FileCoverage::make(by_hour);
    for (const char* name : {"access.log", "2026-02-30-10.log", "2026-11-01-24.log"}) {
        const Result<SlotRange> range = (*hour)->covered_by(name);
        ASSERT_FALSE(range.has_value()) << name;
        EXPECT_EQ(range.error().kind, ErrorKind::invalid_input);
        EXPECT_NE(range.error().message.find(name), std::string::npos);
    }
}

TEST(FileCoverage, refuses_patterns_that_cannot_say_a_day) {
    EXPECT_FALSE(FileCoverage::make("(").has_value());
    EXPECT_NE(FileCoverage::make("(?P<year>x)(?P<day>y)").error().message.find("month"),
              std::string::npos);
}

}  // namespace
}  // namespace tidemark
