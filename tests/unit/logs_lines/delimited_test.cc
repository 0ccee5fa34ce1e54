#include <string>

#include <gtest/gtest.h>

#include "support/line_cases.h"

namespace tidemark {
namespace {

using test::LineReader;
using test::reading_of;

TEST(Delimited, takes_tabs_and_names_from_the_first_line) {
    LineReader reader(reading_of("delimited"));
    const char* const header = "host\tlogname\ttime\tmethod\turl\tresponse\tbytes";
    EXPECT_EQ(reader.read(header), "comment");
    EXPECT_EQ(reader.read("h\t-\t1467671846\tGET\t/a/\t200\t5\t\t"),
              "1467671846 GET /a/ - h 200 5");
    EXPECT_EQ(reader.read("h\t-\t1467671846\tGET\t/a/\t200\t5"), "1467671846 GET /a/ - h 200 5");
    EXPECT_EQ(reader.read("h\t-\t1467671846\tGET\t/a/\t200\t5\tx"), "rejected malformed");
    EXPECT_EQ(reader.read("h\t-\t1467671846\tGET\t/a/\t200"), "rejected malformed");
    EXPECT_EQ(reader.read("h\t-\tnever\tGET\t/a/\t200\t5"), "rejected bad_time");
    EXPECT_EQ(reader.read("h\t-\t1467671846\tGET\t\"/a,b\t200\t5"),
              "1467671846 GET \"/a,b - h 200 5");
    EXPECT_EQ(reader.read(header), "comment");
}

TEST(Delimited, gives_clones_what_the_first_line_said) {
    LineReader reader(reading_of("delimited"));
    reader.parser().take_directive("url,time,bytes", true);
    const std::unique_ptr<LineParser> clone = reader.parser().clone();
    LogRecord record;
    EXPECT_EQ(test::to_text(clone->parse("url,time,bytes", record), record), "comment");
    EXPECT_EQ(test::to_text(clone->parse("/a,1467671846,5", record), record),
              "1467671846 - /a - - 0 5");
}

TEST(Delimited, reads_quotes_as_rfc_4180_says) {
    LineReader reader(reading_of("delimited"));
    EXPECT_EQ(reader.read("url,\"time\",bytes"), "comment");
    EXPECT_EQ(reader.read(R"("/a,b",1467671846,5)"), "1467671846 - /a,b - - 0 5");
    EXPECT_EQ(reader.read(R"("/a""b""",1467671846,"5")"), "1467671846 - /a\"b\" - - 0 5");
    EXPECT_EQ(reader.read(R"("""",1467671846,5)"), "1467671846 - \" - - 0 5");
    EXPECT_EQ(reader.read(R"("",1467671846,5)"), "1467671846 - - - - 0 5");
    EXPECT_EQ(reader.read(R"("/a,1467671846,5)"), "rejected malformed");
    EXPECT_EQ(reader.read(R"("/a"b,1467671846,5)"), "rejected malformed");
    EXPECT_EQ(reader.read(R"(/a"b",1467671846,5)"), "rejected malformed");
    EXPECT_EQ(reader.read(R"(/a,1467671846,")"), "rejected malformed");
}

TEST(Delimited, takes_configured_names_and_roles) {
    LineReader reader(reading_of("delimited", [](Reading& reading) {
        reading.fields = {{"time", "when"}, {"bytes", "size_sent"}};
        reading.layout = {"when", "size_sent", "url"};
    }));
    EXPECT_EQ(reader.read("2016-07-04 22:37:26,5,/a"), "1467671846 - /a - - 0 5");
    EXPECT_EQ(reader.read("2016-07-04 22:37:26\t5\t/a"), "rejected malformed");
    EXPECT_EQ(reader.read("# a comment"), "comment");
}

TEST(Delimited, obeys_the_configured_separator) {
    LineReader reader(
        reading_of("delimited", [](Reading& reading) { reading.separator.push_back(','); }));
    EXPECT_EQ(reader.read("time,bytes,a\tb"), "comment");
    EXPECT_EQ(reader.read("1467671846,5,x"), "1467671846 - - - - 0 5");
    EXPECT_FALSE(make_line_parser(reading_of("delimited", [](Reading& reading) {
                     reading.separator.push_back(';');
                 })).has_value());
}

TEST(Delimited, joins_a_date_and_a_time_of_day) {
    LineReader reader(reading_of("delimited"));
    EXPECT_EQ(reader.read("date,time,bytes,request"), "comment");
    EXPECT_EQ(reader.read("2016-07-04,22:37:26,5,POST /a HTTP/1.1"), "1467671846 POST /a - - 0 5");
    EXPECT_EQ(reader.read("2016-07-04,1467671846,5,"), "1467671846 - - - - 0 5");
}

}  // namespace
}  // namespace tidemark
