#include <string>

#include <gtest/gtest.h>

#include "support/line_cases.h"

namespace tidemark {
namespace {

using test::LineReader;
using test::reading_of;

// The first 12 columns, which every version has.
std::string line_of_12(const std::string& bytes, const std::string& status) {
    return "2016-07-04\t22:37:26\tFRA2\t" + bytes +
           "\t192.0.2.1\tGET\td1.cloudfront.net\t/a/b.ts\t" + status + "\t-\tagent\tx=1";
}

constexpr const char* found = "1467671846 GET /a/b.ts x=1 d1.cloudfront.net 200 42";

TEST(CloudFront, reads_the_documented_columns_without_a_header) {
    LineReader reader(reading_of("cloudfront"));
    EXPECT_EQ(reader.read(line_of_12("42", "200")), found);
    std::string whole = line_of_12("42", "200") + "\t-\tHit\tid==\twww.example.com";
    EXPECT_EQ(reader.read(whole), "1467671846 GET /a/b.ts x=1 www.example.com 200 42");
    whole.append(17, '\t');
    EXPECT_EQ(reader.read(whole), "1467671846 GET /a/b.ts x=1 www.example.com 200 42");
    whole.append(1, '\t');
    EXPECT_EQ(reader.read(whole), "rejected malformed");
}

TEST(CloudFront, reads_what_cannot_be_counted) {
    LineReader reader(reading_of("cloudfront"));
    EXPECT_EQ(reader.read(line_of_12("-", "000")),
              "1467671846 GET /a/b.ts x=1 d1.cloudfront.net 0 0");
    EXPECT_EQ(reader.read(line_of_12("-5", "200")), "rejected negative_bytes");
    EXPECT_EQ(reader.read(line_of_12("", "200")), "rejected bad_bytes");
    EXPECT_EQ(reader.read(line_of_12("9223372036854775808", "200")), "rejected bad_bytes");
    EXPECT_EQ(reader.read(line_of_12("42", "2OO")), "rejected bad_status");
    std::string line = line_of_12("42", "200");
    EXPECT_EQ(reader.read("2016-02-30" + line.substr(10)), "rejected bad_time");
    EXPECT_EQ(reader.read(line.substr(0, line.rfind('\t'))), "rejected malformed");
    EXPECT_EQ(reader.read(line.substr(0, 30)), "rejected malformed");
    EXPECT_EQ(reader.read("\t"), "rejected malformed");
    EXPECT_EQ(reader.read(""), "comment");
    EXPECT_EQ(reader.read("#Version: 1.0"), "comment");
}

TEST(CloudFront, follows_the_header) {
    LineReader reader(reading_of("cloudfront"));
    EXPECT_EQ(reader.read("#Fields: cs-uri-stem sc-bytes date time"), "comment");
    EXPECT_EQ(reader.read("/x\t7\t2016-07-04\t22:37:26"), "1467671846 - /x - - 0 7");
    EXPECT_EQ(reader.read("/x\t7\t2016-07-04\t22:37:26\tmore"), "rejected malformed");
    EXPECT_EQ(reader.read(line_of_12("42", "200")), "rejected malformed");
    // Another file's header in the same stream.
    reader.parser().take_directive("#Fields: date time cs-uri-stem sc-bytes", false);
    EXPECT_EQ(reader.read("2016-07-04\t22:37:26\t/x\t8"), "1467671846 - /x - - 0 8");
}

TEST(CloudFront, keeps_the_layout_in_a_clone) {
    LineReader reader(reading_of("cloudfront"));
    EXPECT_EQ(reader.read("#Fields: cs-uri-stem sc-bytes date time"), "comment");
    const std::unique_ptr<LineParser> clone = reader.parser().clone();
    LogRecord record;
    const LineVerdict verdict = clone->parse("/x\t7\t2016-07-04\t22:37:26", record);
    EXPECT_EQ(test::to_text(verdict, record), "1467671846 - /x - - 0 7");
}

TEST(CloudFront, takes_a_configured_layout_and_named_columns) {
    const Reading configured = reading_of("cloudfront", [](Reading& reading) {
        reading.subject = {.kind = SubjectRule::Kind::field, .text = "customer"};
        reading.fields = {{"bytes", "sent"}};
        reading.layout = {"date", "time", "customer", "sent"};
        reading.metrics = {{.kind = MetricRule::Kind::bytes},
                           {.kind = MetricRule::Kind::field, .text = "sent"}};
    });
    LineReader reader(configured);
    EXPECT_EQ(reader.read("2016-07-04\t22:37:26\tacme\t9"), "1467671846 - - - - 0 9");
    EXPECT_EQ(reader.record().subject_field, "acme");
    EXPECT_EQ(reader.record().field_values[0], 0);
    EXPECT_EQ(reader.record().field_values[1], 9);
    EXPECT_EQ(reader.read("2016-07-04\t22:37:26\tacme\t-"), "rejected bad_value");
}

TEST(CloudFront, refuses_a_zone_and_a_layout_that_lacks_what_is_needed) {
    const auto refusal = [](const Reading& reading) {
        const auto parser = make_line_parser(reading);
        return parser.has_value() ? std::string() : parser.error().message;
    };
    EXPECT_NE(refusal(reading_of("cloudfront",
                                 [](Reading& reading) { reading.time_zone = "Europe/Berlin"; }))
                  .find("UTC"),
              std::string::npos);
    EXPECT_NE(
        refusal(reading_of("cloudfront", [](Reading& reading) { reading.layout = {"sc-bytes"}; }))
            .find("the time"),
        std::string::npos);
    EXPECT_NE(refusal(reading_of("cloudfront",
                                 [](Reading& reading) {
                                     reading.layout = {"time", "date"};
                                 }))
                  .find("the bytes"),
              std::string::npos);
    EXPECT_NE(refusal(reading_of("cloudfront",
                                 [](Reading& reading) {
                                     reading.fields = {{"url", "target"}};
                                     reading.layout = {"time", "date", "sc-bytes"};
                                 }))
                  .find("'target'"),
              std::string::npos);
}

}  // namespace
}  // namespace tidemark
