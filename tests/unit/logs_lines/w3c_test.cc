#include <string>

#include <gtest/gtest.h>

#include "support/line_cases.h"

namespace tidemark {
namespace {

using test::LineReader;
using test::reading_of;

TEST(W3c, follows_every_fields_line) {
    LineReader reader(reading_of("w3c"));
    EXPECT_EQ(reader.read("2016-07-04 22:37:26 GET /a 200 5"), "rejected no_layout");
    EXPECT_EQ(reader.read("#Software: Microsoft Internet Information Services 10.0"), "comment");
    EXPECT_EQ(reader.read("#Fields: date time cs-method cs-uri-stem cs-uri-query sc-status "
                          "sc-bytes cs-host cs(User-Agent)"),
              "comment");
    EXPECT_EQ(reader.read("2016-07-04 22:37:26 GET /a+b x=1 200 5 h Mozilla/5.0+(\"X\";+y)"),
              "1467671846 GET /a+b x=1 h 200 5");
    EXPECT_EQ(reader.read("2016-07-04 22:37:26 GET /a - 200 5 -"), "rejected malformed");
    EXPECT_EQ(reader.read("#Fields: time sc-bytes cs-uri-stem date"), "comment");
    EXPECT_EQ(reader.read("22:37:26 6 /b 2016-07-04"), "1467671846 - /b - - 0 6");
    EXPECT_EQ(reader.read("2016-07-04 22:37:26 GET /a+b x=1 200 5 h agent"), "rejected malformed");
    EXPECT_EQ(reader.read(""), "comment");
}

TEST(W3c, takes_the_day_from_the_date_directive) {
    LineReader reader(reading_of("w3c"));
    EXPECT_EQ(reader.read("#Fields: time sc-bytes cs-uri-stem"), "comment");
    EXPECT_EQ(reader.read("22:37:26 6 /b"), "rejected bad_time");
    EXPECT_EQ(reader.read("#Date: 2016-07-04 22:00:00"), "comment");
    EXPECT_EQ(reader.read("22:37:26 6 /b"), "1467671846 - /b - - 0 6");
    const std::unique_ptr<LineParser> clone = reader.parser().clone();
    LogRecord record;
    EXPECT_EQ(test::to_text(clone->parse("22:37:26 6 /b", record), record),
              "1467671846 - /b - - 0 6");
    EXPECT_EQ(reader.read("#Date: 2016-07-05"), "comment");
    EXPECT_EQ(reader.read("22:37:26 6 /b"), "1467758246 - /b - - 0 6");
}

TEST(W3c, reads_quoted_columns) {
    LineReader reader(reading_of("w3c"));
    EXPECT_EQ(reader.read("#Fields: date time cs(User-Agent) sc-bytes cs-uri-stem"), "comment");
    EXPECT_EQ(reader.read(R"(2016-07-04 22:37:26 "an agent" 6 /b)"), "1467671846 - /b - - 0 6");
    EXPECT_EQ(reader.read(R"(2016-07-04 22:37:26 "an "odd" agent" 6 /b)"), "rejected malformed");
    EXPECT_EQ(reader.read(R"(2016-07-04 22:37:26 "an agent 6 /b)"), "rejected malformed");
    EXPECT_EQ(reader.read(R"(2016-07-04 22:37:26 agent 6 "/b")"), "1467671846 - /b - - 0 6");
    EXPECT_EQ(reader.read(R"(2016-07-04 22:37:26 agent 6 ")"), "rejected malformed");
}

TEST(W3c, reads_columns_separated_by_tabs) {
    LineReader reader(reading_of("w3c"));
    EXPECT_EQ(reader.read("#Fields:\tdate\ttime\tcs-uri-stem\tsc-bytes"), "comment");
    EXPECT_EQ(reader.read("2016-07-04\t22:37:26\t/a b\t6"), "1467671846 - /a b - - 0 6");
}

TEST(W3c, reads_local_time_where_a_zone_is_configured) {
    LineReader reader(reading_of("w3c", [](Reading& reading) {
        reading.layout = {"date", "time", "sc-bytes"};
        reading.time_zone = "Europe/Berlin";
    }));
    EXPECT_EQ(reader.read("2016-07-05 00:37:26 6"), "1467671846 - - - - 0 6");
    EXPECT_EQ(reader.read("2016-03-27 02:30:00 6"), "rejected bad_time");
}

TEST(W3c, rejects_lines_of_a_layout_without_bytes) {
    LineReader reader(reading_of("w3c"));
    EXPECT_EQ(reader.read("#Fields: date time cs-uri-stem"), "comment");
    EXPECT_EQ(reader.read("2016-07-04 22:37:26 /a"), "rejected bad_bytes");
    LineReader counting(reading_of(
        "w3c", [](Reading& reading) { reading.metrics = {{.kind = MetricRule::Kind::count}}; }));
    EXPECT_EQ(counting.read("#Fields: date time cs-uri-stem"), "comment");
    EXPECT_EQ(counting.read("2016-07-04 22:37:26 /a"), "1467671846 - /a - - 0 0");
}

}  // namespace
}  // namespace tidemark
