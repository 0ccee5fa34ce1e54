#include "base/log.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Log, writes_a_line_at_once_and_quotes_what_must_be) {
    testing::internal::CaptureStderr();
    log_event(LogLevel::warning,
              "fold.late",
              {{"dataset", "cdn"}, {"why", "a \"slow\" disk\n"}, {"by", ""}});
    const std::string line = testing::internal::GetCapturedStderr();
    EXPECT_NE(line.find("Z warning fold.late dataset=cdn why=\"a \\\"slow\\\" disk\\n\" by=\"\"\n"),
              std::string::npos)
        << line;
}

TEST(Log, keeps_what_may_be_written_later_until_it_is_flushed) {
    testing::internal::CaptureStderr();
    log_event_soon(LogLevel::info, "first", {});
    log_event_soon(LogLevel::info, "second", {});
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    testing::internal::CaptureStderr();
    flush_log();
    const std::string lines = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(lines, '\n'), 2);
    EXPECT_LT(lines.find("first"), lines.find("second"));
}

TEST(Log, keeps_the_order_of_lines) {
    testing::internal::CaptureStderr();
    log_event_soon(LogLevel::info, "first", {});
    log_event(LogLevel::info, "second", {});
    const std::string lines = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(lines, '\n'), 2);
    EXPECT_LT(lines.find("first"), lines.find("second"));
}

TEST(Log, writes_many_lines_before_they_are_flushed) {
    testing::internal::CaptureStderr();
    const std::string long_value(1000, 'x');
    for (int line = 0; line < 100; ++line) {
        log_event_soon(LogLevel::info, "many", {{"value", long_value}});
    }
    EXPECT_GT(testing::internal::GetCapturedStderr().size(), 60'000U);
    flush_log();
}

}  // namespace
}  // namespace tidemark
