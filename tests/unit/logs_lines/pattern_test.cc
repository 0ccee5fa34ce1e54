#include <string>

#include <gtest/gtest.h>

#include "support/line_cases.h"

namespace tidemark {
namespace {

using test::LineReader;
using test::reading_of;

TEST(Pattern, reads_named_captures) {
    LineReader reader(reading_of("pattern", [](Reading& reading) {
        reading.subject = {.kind = SubjectRule::Kind::field, .text = "subject"};
        reading.pattern = R"~((?P<time>\S+) (ok|failed) (?P<subject>\S+) (?P<bytes>\S+))~"
                          R"~( "(?P<url>[^"]*)"(?: (?P<status>\d+))?)~";
    }));
    EXPECT_EQ(reader.read(R"(2016-07-04T22:37:26Z ok acme 5 "GET /a HTTP/1.1" 200)"),
              "1467671846 GET /a - - 200 5");
    EXPECT_EQ(reader.record().subject_field, "acme");
    EXPECT_EQ(reader.read(R"(2016-07-04T22:37:26Z ok acme 5 "/a")"), "1467671846 - /a - - 0 5");
    EXPECT_EQ(reader.read(R"(2016-07-04T22:37:26Z ok acme 5 "/a" x)"), "rejected malformed");
    EXPECT_EQ(reader.read(R"(now ok acme 5 "/a")"), "rejected bad_time");
    EXPECT_EQ(reader.read(R"(2016-07-04T22:37:26Z ok acme x "/a")"), "rejected bad_bytes");
    EXPECT_EQ(reader.read("# a comment"), "comment");
    EXPECT_EQ(reader.read(""), "comment");
}

TEST(Pattern, is_checked_once) {
    const auto refusal = [](const Reading& reading) {
        const auto parser = make_line_parser(reading);
        return parser.has_value() ? std::string("accepted") : parser.error().message;
    };
    EXPECT_NE(refusal(reading_of("pattern")).find("no pattern"), std::string::npos);
    EXPECT_NE(
        refusal(reading_of("pattern", [](Reading& reading) { reading.pattern = "(?P<time>"; }))
            .find("(?P<time>"),
        std::string::npos);
    EXPECT_NE(
        refusal(reading_of("pattern", [](Reading& reading) { reading.pattern = "(?P<bytes>.*)"; }))
            .find("the time"),
        std::string::npos);
    EXPECT_NE(
        refusal(reading_of("pattern", [](Reading& reading) { reading.pattern = "(?P<time>.*)"; }))
            .find("the bytes"),
        std::string::npos);
    EXPECT_EQ(refusal(reading_of("pattern",
                                 [](Reading& reading) {
                                     reading.pattern = "(?P<time>.*)";
                                     reading.metrics = {{.kind = MetricRule::Kind::count}};
                                 })),
              "accepted");
    EXPECT_NE(refusal(reading_of("pattern",
                                 [](Reading& reading) {
                                     reading.subject = {.kind = SubjectRule::Kind::field,
                                                        .text = "who"};
                                     reading.pattern = "(?P<time>.*) (?P<bytes>.*)";
                                 }))
                  .find("'who'"),
              std::string::npos);
}

}  // namespace
}  // namespace tidemark
