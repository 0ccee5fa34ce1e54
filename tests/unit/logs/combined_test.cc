#include "logs/lines/combined.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "logs/line_index.h"
#include "support/line_cases.h"

namespace tidemark {
namespace {

using test::LineCase;
using test::LineReader;

#define TIME "[17/May/2015:10:05:03 +0000]"
#define AGENT " \"http://a.b/\" \"Mozilla/5.0 (X11)\""

// 17 May 2015, 10:05:03 UTC is 1431857103.
constexpr LineCase cases[] = {
    {"combined",
     R"(1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /a/b?c=d HTTP/1.1" 200 1234 "-" "curl")",
     "1431857103 GET /a/b?c=d - - 200 1234"},
    {"common", "1.2.3.4 - - " TIME " \"GET /a HTTP/1.1\" 200 5", "1431857103 GET /a - - 200 5"},
    {"cr_before_the_line_end",
     "1.2.3.4 - - " TIME " \"GET /a HTTP/1.1\" 200 5\r",
     "1431857103 GET /a - - 200 5"},
    {"outer_quotes",
     "\"1.2.3.4 - - " TIME " \"GET /a HTTP/1.1\" 200 5" AGENT "\"",
     "1431857103 GET /a - - 200 5"},
    {"outer_quotes_and_cr",
     "\"1.2.3.4 - - " TIME " \"GET /a HTTP/1.1\" 200 5" AGENT "\"\r",
     "1431857103 GET /a - - 200 5"},
    {"ipv6_client",
     "2001:db8::1 - - " TIME " \"GET /a HTTP/1.1\" 200 5",
     "1431857103 GET /a - - 200 5"},
    {"long_names",
     "a-client-whose-name-is-so-long-that-it-does-not-fit-in-sixty-four-bytes.example.com id "
     "user " TIME " \"GET /a HTTP/1.1\" 200 5" AGENT,
     "1431857103 GET /a - - 200 5"},
    {"empty_user_in_quotes",
     "1.2.3.4 - \"\" " TIME " \"GET /a HTTP/1.1\" 200 5" AGENT,
     "1431857103 GET /a - - 200 5"},
    {"one_quote_in_the_user",
     "1.2.3.4 - o\"neil " TIME " \"GET /a HTTP/1.1\" 200 5" AGENT,
     "1431857103 GET /a - - 200 5"},
    {"zone_east",
     R"(1.2.3.4 - - [17/May/2015:12:35:03 +0230] "GET /a HTTP/1.1" 200 5)",
     "1431857103 GET /a - - 200 5"},
    {"zone_west_over_midnight",
     R"(1.2.3.4 - - [16/May/2015:23:05:03 -1100] "GET /a HTTP/1.1" 200 5)",
     "1431857103 GET /a - - 200 5"},
    {"bytes_dash", "1.2.3.4 - - " TIME " \"HEAD / HTTP/1.1\" 304 -", "1431857103 HEAD / - - 304 0"},
    {"bytes_zero", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 204 0", "1431857103 GET / - - 204 0"},
    {"bytes_of_eight_digits",
     "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 12345678",
     "1431857103 GET / - - 200 12345678"},
    {"bytes_at_their_largest",
     "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 9223372036854775807",
     "1431857103 GET / - - 200 9223372036854775807"},
    {"bytes_beyond_int64",
     "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 9223372036854775808",
     "rejected bad_bytes"},
    {"bytes_negative", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 -5", "rejected negative_bytes"},
    {"bytes_not_a_number", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 12k", "rejected bad_bytes"},
    {"bytes_missing", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200", "rejected malformed"},
    {"bytes_empty", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 ", "rejected malformed"},
    {"bytes_fraction", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 1.5", "rejected bad_bytes"},
    {"status_zero", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 000 0", "1431857103 GET / - - 0 0"},
    {"status_of_nginx",
     "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 499 0",
     "1431857103 GET / - - 499 0"},
    {"status_two_digits", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 20 100", "rejected bad_status"},
    {"status_four_digits", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 2000 1", "rejected bad_status"},
    {"status_word", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" abc 100", "rejected bad_status"},
    {"status_dash", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" - 12345", "rejected bad_status"},
    {"escaped_quote_in_request",
     "1.2.3.4 - - " TIME R"( "GET /a\"b HTTP/1.1" 200 5 "-" "x")",
     R"(1431857103 GET /a\"b - - 200 5)"},
    {"escaped_backslash_at_the_end",
     "1.2.3.4 - - " TIME R"( "GET /a HTTP/1.1" 200 5 "-" "x\\")",
     "1431857103 GET /a - - 200 5"},
    {"escaped_quote_in_agent",
     "1.2.3.4 - - " TIME R"( "GET /a HTTP/1.1" 200 5 "-" "say \"hello\" twice")",
     "1431857103 GET /a - - 200 5"},
    {"apache_escape_in_hex",
     "1.2.3.4 - - " TIME R"( "\x16\x03\x01" 400 226 "-" "-")",
     "1431857103 - - - - 400 226"},
    {"nginx_escape_in_hex",
     "1.2.3.4 - - " TIME R"( "GET /a\x22b HTTP/1.1" 200 5 "-" "\xE2\x82\xAC")",
     R"(1431857103 GET /a\x22b - - 200 5)"},
    {"backslash_in_user",
     R"(1.2.3.4 - DOMAIN\user [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "x")",
     "1431857103 GET /a - - 200 5"},
    {"last_quote_escaped",
     "1.2.3.4 - - " TIME R"( "GET /a HTTP/1.1" 200 5 "-" "x\")",
     "rejected malformed"},
    {"request_dash", "1.2.3.4 - - " TIME " \"-\" 408 0", "1431857103 - - - - 408 0"},
    {"request_empty", "1.2.3.4 - - " TIME " \"\" 400 0", "1431857103 - - - - 400 0"},
    {"request_without_protocol",
     "1.2.3.4 - - " TIME " \"GET /a\" 200 5",
     "1431857103 GET /a - - 200 5"},
    {"request_with_blanks_in_the_url",
     "1.2.3.4 - - " TIME " \"GET /a b HTTP/1.1\" 200 5",
     "1431857103 GET /a - - 200 5"},
    {"absolute_url",
     "1.2.3.4 - - " TIME " \"GET http://h/a HTTP/1.1\" 200 5",
     "1431857103 GET http://h/a - - 200 5"},
    {"day_that_is_none",
     R"(1.2.3.4 - - [30/Feb/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5)",
     "rejected bad_time"},
    {"no_leap_day",
     R"(1.2.3.4 - - [29/Feb/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5)",
     "rejected bad_time"},
    {"leap_day",
     R"(1.2.3.4 - - [29/Feb/2016:00:00:00 +0000] "GET / HTTP/1.1" 200 5)",
     "1456704000 GET / - - 200 5"},
    {"hour_24",
     R"(1.2.3.4 - - [17/May/2015:24:00:00 +0000] "GET / HTTP/1.1" 200 5)",
     "rejected bad_time"},
    {"minute_60",
     R"(1.2.3.4 - - [17/May/2015:10:60:00 +0000] "GET / HTTP/1.1" 200 5)",
     "rejected bad_time"},
    {"second_61",
     R"(1.2.3.4 - - [17/May/2015:10:05:61 +0000] "GET / HTTP/1.1" 200 5)",
     "rejected bad_time"},
    {"month_in_small_letters",
     R"(1.2.3.4 - - [17/may/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5)",
     "rejected bad_time"},
    {"zone_beyond",
     R"(1.2.3.4 - - [17/May/2015:10:05:03 +9999] "GET / HTTP/1.1" 200 5)",
     "rejected bad_time"},
    {"zone_without_sign",
     R"(1.2.3.4 - - [17/May/2015:10:05:03 00000] "GET / HTTP/1.1" 200 5)",
     "rejected bad_time"},
    {"no_blank_before_the_zone",
     R"(1.2.3.4 - - [17/May/2015:10:05:03+0000] "GET / HTTP/1.1" 200 5)",
     "rejected malformed"},
    {"no_brackets",
     R"(1.2.3.4 - - 17/May/2015:10:05:03 +0000 "GET / HTTP/1.1" 200 5)",
     "rejected malformed"},
    {"two_blanks", "1.2.3.4  - - " TIME " \"GET / HTTP/1.1\" 200 5", "rejected malformed"},
    {"tab_in_client", "1.2\t3.4 - - " TIME " \"GET / HTTP/1.1\" 200 5", "rejected malformed"},
    {"two_columns_before_the_time",
     "1.2.3.4 - " TIME " \"GET / HTTP/1.1\" 200 5",
     "rejected malformed"},
    {"request_not_closed", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1 200 5", "rejected malformed"},
    {"agent_not_closed",
     "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 5 \"-\" \"x",
     "rejected malformed"},
    {"agent_missing", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 5 \"-\"", "rejected malformed"},
    {"a_column_more",
     "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 5 \"-\" \"x\" \"y\"",
     "rejected malformed"},
    {"lone_quote_in_agent",
     "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 5 \"-\" \"a\"b\"",
     "rejected malformed"},
    {"something_between_the_texts",
     "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 5 \"-\"x\"y\"",
     "rejected malformed"},
    {"trailing_blank", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\" 200 5 ", "rejected malformed"},
    {"only_a_quote", "\"", "rejected malformed"},
    {"only_two_quotes", "\"\"", "rejected malformed"},
    {"only_three_quotes", "\"\"\"", "rejected malformed"},
    {"blank_only", " ", "rejected malformed"},
    {"cut_in_the_time", "1.2.3.4 - - [17/May/2015:10", "rejected malformed"},
    {"cut_behind_the_time", "1.2.3.4 - - " TIME, "rejected malformed"},
    {"cut_behind_the_request", "1.2.3.4 - - " TIME " \"GET / HTTP/1.1\"", "rejected malformed"},
    {"foreign_program", "make: *** No rule to make target", "rejected malformed"},
    {"comment", "#Version: 1.0", "comment"},
};

Reading combined() {
    Reading reading;
    reading.format = "combined";
    reading.metrics = {{MetricRule::Kind::bytes, {}}};
    return reading;
}

class CombinedLine : public testing::TestWithParam<LineCase> {};

TEST_P(CombinedLine, gives_what_the_table_says) {
    LineReader reader(combined());
    EXPECT_EQ(reader.read(GetParam().line), GetParam().expected);
}

TEST_P(CombinedLine, does_not_depend_on_the_line_before) {
    LineReader reader(combined());
    reader.read("1.2.3.4 - - " TIME R"( "GET /\"before HTTP/1.1" 200 5 "-" "x")");
    EXPECT_EQ(reader.read(GetParam().line), GetParam().expected);
    EXPECT_EQ(reader.read(GetParam().line), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Cases, CombinedLine, testing::ValuesIn(cases), [](const auto& test) {
    return test.param.name;
});

TEST(CombinedTime, of_the_same_minute_is_read_as_if_it_were_the_first) {
    LineReader reader(combined());
    for (int second = 0; second < 100; ++second) {
        const std::string two = std::to_string(second / 10) + std::to_string(second % 10);
        const std::string line =
            "1.2.3.4 - - [17/May/2015:10:05:" + two + " +0000] \"GET / HTTP/1.1\" 200 5";
        EXPECT_EQ(reader.read(line), LineReader(combined()).read(line)) << line;
    }
}

// A line's text as parse_marked() and as parse() understand it, each with a parser of its own.
class BothWays {
 public:
    void expect_alike(const std::string& line) {
        // Quotes behind the line's end must not count.
        const std::string block = line + std::string(64, '"');
        const std::string_view text = std::string_view(block).substr(0, line.size());
        index_.find(block, LineIndex::Wanted::newlines_and_quotes);
        LogRecord record;
        const LineVerdict verdict =
            marked_->parse_marked(text, index_.next_marks(text.size()), record);
        const std::string by_marks = test::to_text(verdict, record);
        EXPECT_EQ(by_marks, walking_.read(line)) << line;
    }

 private:
    LineIndex index_;
    std::unique_ptr<LineParser> marked_ = test::make_parser(combined());
    LineReader walking_{combined()};
};

TEST(CombinedMarks, change_nothing_in_any_case_of_the_table) {
    BothWays both;
    for (const LineCase& each : cases) {
        both.expect_alike(each.line);
    }
}

// Every single change of a whole line: a character put in its place, before it, or taken away.
TEST(CombinedMarks, change_nothing_in_lines_with_one_fault) {
    BothWays both;
    for (const std::string line :
         {R"(1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /a/b?c=d HTTP/1.1" 200 1234 "-" "curl")",
          R"(1.2.3.4 - u [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 304 -)",
          R"(2001:db8:1234:5678:9abc:def0:1234:5678 - - )"
          R"([17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 206 5 "-" "x")",
          R"(a-client-of-forty-eight-bytes.for-which-there.is - - )"
          R"([17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 206 5 "-" "x")",
          R"(2001:db8:1234:5678:9abc:def0:1234:5678 - a-user-of-a-long-name )"
          R"([17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 206 9223372036854775807 "-" "x")"}) {
        for (std::size_t at = 0; at <= line.size(); ++at) {
            for (const char put : std::string("\"\\ \t\r\x01[]/:-+09a#\xc3")) {
                std::string inserted = line;
                both.expect_alike(inserted.insert(at, 1, put));
                std::string replaced = line;
                both.expect_alike(replaced.replace(at, 1, 1, put));
            }
            std::string erased = line;
            both.expect_alike(erased.erase(at, 1));
            both.expect_alike(line.substr(0, at));
        }
    }
}

// Text of the characters that mean something to the format.
rc::Gen<std::string> line_like_text() {
    return rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("\"\\ \t[]/:-0a#\xc3\xa4")));
}

RC_GTEST_PROP(CombinedMarksProperty, change_nothing_in_lines_pieced_together, ()) {
    BothWays both;
    const auto piece = rc::gen::elementOf(
        std::vector<std::string>{"1.2.3.4",  " ",   " - ",
                                 " - - ",    "x",   "[",
                                 TIME,       " \"", "\"",
                                 "GET ",     "/a",  "-",
                                 "HTTP/1.1", "200", " 200 5",
                                 "5",        "\r",  "\\",
                                 "\\\"",     AGENT, "\"1.2.3.4 - - " TIME " \"GET / H\" 200 5"});
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::oneOf(piece, piece, piece, line_like_text()));
    std::string line;
    for (const std::string& each : pieces) {
        line += each;
    }
    both.expect_alike(line);
    both.expect_alike("1.2.3.4 - - " TIME " \"" + line);
}

}  // namespace
}  // namespace tidemark
