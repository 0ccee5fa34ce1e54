#include "report/instant_text.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using namespace std::chrono_literals;

TEST(InstantText, is_cut_to_the_second) {
    EXPECT_EQ(instant_text(Timestamp(0us)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(instant_text(Timestamp(1793536205999999us)), "2026-11-01T12:30:05Z");
    EXPECT_EQ(instant_text(Timestamp(-1us)), "1969-12-31T23:59:59Z");
}

TEST(DurationText, has_two_units) {
    EXPECT_EQ(duration_text(0us), "0 s");
    EXPECT_EQ(duration_text(1500us), "0.0015 s");
    EXPECT_EQ(duration_text(7149ms), "7.1 s");
    EXPECT_EQ(duration_text(59'999ms), "59 s");
    EXPECT_EQ(duration_text(60s), "1 min 0 s");
    EXPECT_EQ(duration_text(192s), "3 min 12 s");
    EXPECT_EQ(duration_text(5h + 2min + 59s), "5 h 2 min");
    EXPECT_EQ(duration_text(76h), "3 d 4 h");
}

}  // namespace
}  // namespace tidemark
