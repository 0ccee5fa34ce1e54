#include <string>

#include <gtest/gtest.h>

#include "support/line_cases.h"

namespace tidemark {
namespace {

using test::LineCase;
using test::LineReader;
using test::reading_of;

constexpr const char* header =
    "#Fields: timestamp time-taken c-ip filesize s-ip s-port sc-status sc-bytes cs-method "
    "cs-uri-stem - rs-duration rs-bytes c-referrer c-user-agent customer-id x-ec_custom-1";

constexpr LineCase cases[] = {
    {"whole",
     R"~(1467671846 27 192.0.2.1 100 192.0.2.2 80 TCP_HIT/200 421 GET http://h/a - 0 844 )~"
     R"~("-" "agent (x; y)" 56 "-")~",
     "1467671846 GET http://h/a - - 200 421"},
    {"hit", "1467671846 0 - 0 s 80 HIT/200 421 GET /a -", "1467671846 GET /a - - 200 421"},
    {"cache_word_alone",
     "1467671846 0 - 0 s 80 TCP_MISS 421 GET /a -",
     "1467671846 GET /a - - 0 421"},
    {"cache_word_and_slash",
     "1467671846 0 - 0 s 80 TCP_MISS/ 421 GET /a -",
     "1467671846 GET /a - - 0 421"},
    {"cache_and_000", "1467671846 0 - 0 s 80 NONE/000 0 GET /a -", "1467671846 GET /a - - 0 0"},
    {"status_zero", "1467671846 0 - 0 s 80 0 421 GET /a -", "1467671846 GET /a - - 0 421"},
    {"status_alone", "1467671846 0 - 0 s 80 304 421 GET /a -", "1467671846 GET /a - - 304 421"},
    {"status_in_braces", "1467671846 0 - 0 s 80 {0} 421 GET /a -", "rejected bad_status"},
    {"status_too_long", "1467671846 0 - 0 s 80 TCP_HIT/2000 421 GET /a -", "rejected bad_status"},
    {"small_cache_word", "1467671846 0 - 0 s 80 hit/200 421 GET /a -", "rejected bad_status"},
    {"bytes_dash", "1467671846 0 - 0 s 80 HIT/200 - GET /a -", "1467671846 GET /a - - 200 0"},
    {"bytes_negative", "1467671846 0 - 0 s 80 HIT/200 -5 GET /a -", "rejected negative_bytes"},
    {"bytes_null", "1467671846 0 - 0 s 80 HIT/200 NULL GET /a -", "rejected bad_bytes"},
    {"time_word", "yesterday 0 - 0 s 80 HIT/200 5 GET /a -", "rejected bad_time"},
    {"quoted_url",
     R"(1467671846 0 - 0 s 80 HIT/200 5 GET "http://h/a b" -)",
     "1467671846 GET http://h/a b - - 200 5"},
    {"empty_column",
     "1467671846 0 - 0 s 80 HIT/200 5 GET /a - 0 844  agent",
     "1467671846 GET /a - - 200 5"},
    {"quote_inside_a_column",
     R"(1467671846 0 - 0 s 80 HIT/200 5 GET /a"b c" - 0)",
     "1467671846 GET /a\"b c\" - - 200 5"},
    {"lone_quote_in_the_agent",
     R"(1467671846 0 - 0 s 80 HIT/200 5 GET /a - 0 844 "-" "agent 56 -)",
     "rejected malformed"},
    {"lone_quote_early",
     R"(1467671846 0 "- 0 s 80 HIT/200 5 GET /a - 0 844)",
     "rejected malformed"},
    {"ends_before_the_url", "1467671846 0 - 0 s 80 HIT/200 5 GET", "rejected malformed"},
    {"ends_within_the_url", "1467671846 0 - 0 s 80 HIT/200 5 GET /a", "rejected malformed"},
    {"ends_behind_the_url",
     "1467671846 0 - 0 s 80 HIT/200 5 GET /a ",
     "1467671846 GET /a - - 200 5"},
    {"unquoted_agent_with_plus",
     "1467671846 0 - 0 s 0 HIT/200 5 GET /a - 0 844 na Mozilla/5.0+(x)",
     "1467671846 GET /a - - 200 5"},
    {"blank_line", "", "comment"},
    {"comment", "# anything", "comment"},
};

class EdgeCast : public testing::TestWithParam<LineCase> {};

TEST_P(EdgeCast, gives) {
    LineReader reader(reading_of("edgecast"));
    ASSERT_EQ(reader.read(header), "comment");
    EXPECT_EQ(reader.read(GetParam().line), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Cases, EdgeCast, testing::ValuesIn(cases), [](const auto& test) {
    return test.param.name;
});

TEST(EdgeCastLayout, is_needed) {
    LineReader reader(reading_of("edgecast"));
    EXPECT_EQ(reader.read(cases[0].line), "rejected no_layout");
    EXPECT_EQ(reader.read(header), "comment");
    EXPECT_EQ(reader.read(cases[0].line), cases[0].expected);
}

TEST(EdgeCastLayout, may_be_configured) {
    LineReader reader(reading_of("edgecast", [](Reading& reading) {
        reading.layout = {"timestamp", "sc-bytes", "cs-uri-stem"};
    }));
    EXPECT_EQ(reader.read("1467671846 5 /a"), "1467671846 - /a - - 0 5");
    EXPECT_EQ(reader.read("1467671846 5"), "rejected malformed");
}

TEST(EdgeCastLayout, may_have_date_and_time) {
    LineReader reader(reading_of("edgecast"));
    EXPECT_EQ(reader.read("#Fields: date time c-ip sc-bytes cs-uri-stem -"), "comment");
    EXPECT_EQ(reader.read("2016-07-04 22:37:26 - 5 /a -"), "1467671846 - /a - - 0 5");
    EXPECT_EQ(reader.read("2016-07-04 24:37:26 - 5 /a -"), "rejected bad_time");
    EXPECT_EQ(reader.read("#Fields: timestamp sc-bytes cs-uri-stem"), "comment");
    EXPECT_EQ(reader.read("1467671846 5 /a"), "1467671846 - /a - - 0 5");
}

}  // namespace
}  // namespace tidemark
