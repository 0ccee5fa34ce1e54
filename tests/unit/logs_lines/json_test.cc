#include <string>

#include <gtest/gtest.h>

#include "support/line_cases.h"

namespace tidemark {
namespace {

using test::LineCase;
using test::LineReader;
using test::reading_of;

constexpr LineCase cases[] = {
    {"numbers",
     R"({"time":1467671846,"bytes":5,"status":200,"url":"/a","method":"GET","host":"h"})",
     "1467671846 GET /a - h 200 5"},
    {"numbers_as_text",
     R"({"time_local":"04/Jul/2016:22:37:26 +0000","request":"GET /a?b HTTP/1.1",)"
     R"("status":"200","sent":"5"})",
     "1467671846 GET /a?b - - 200 5"},
    {"milliseconds", R"({"ts":1467671846999,"bytes":5})", "1467671846 - - - - 0 5"},
    {"spaced", " { \"time\" : 1467671846 , \"bytes\" : 5 } ", "1467671846 - - - - 0 5"},
    {"named_time_wins",
     R"({"@timestamp":"1999-01-01T00:00:00Z","bytes":5,"time":1467671846})",
     "1467671846 - - - - 0 5"},
    {"null_is_not_there",
     R"({"time":null,"timestamp":1467671846,"bytes":5})",
     "1467671846 - - - - 0 5"},
    {"empty_is_not_there",
     R"({"time":"","timestamp":1467671846,"bytes":5})",
     "1467671846 - - - - 0 5"},
    {"first_of_two_counts", R"({"time":1467671846,"bytes":5,"bytes":6})", "1467671846 - - - - 0 5"},
    {"escapes",
     R"({"time":1467671846,"bytes":5,"url":"\/a\u00e4\"b"})",
     "1467671846 - /a\xC3\xA4\"b - - 0 5"},
    {"escaped_key", R"({"time":1467671846,"by\u0074es":5})", "1467671846 - - - - 0 5"},
    {"nested_and_arrays_are_passed_over",
     R"({"a":{"bytes":[1,{"time":2}]},"b":[[]],"time":1467671846,"bytes":5})",
     "1467671846 - - - - 0 5"},
    {"array_is_no_value", R"({"time":1467671846,"bytes":[5]})", "rejected bad_bytes"},
    {"object_is_no_value",
     R"({"time":1467671846,"bytes":5,"host":{"name":"h"}})",
     "1467671846 - - - - 0 5"},
    {"method_beside_a_request_line",
     R"({"time":1467671846,"bytes":5,"method":"PUT","request":"GET /a HTTP/1.1"})",
     "1467671846 PUT /a - - 0 5"},
    {"dash_request", R"({"time":1467671846,"bytes":5,"request":"-"})", "1467671846 - - - - 0 5"},
    {"no_time", R"({"bytes":5})", "rejected bad_time"},
    {"no_bytes", R"({"time":1467671846})", "rejected bad_bytes"},
    {"null_bytes", R"({"time":1467671846,"bytes":null})", "rejected bad_bytes"},
    {"dash_bytes", R"({"time":1467671846,"bytes":"-"})", "1467671846 - - - - 0 0"},
    {"negative_bytes", R"({"time":1467671846,"bytes":-5})", "rejected negative_bytes"},
    {"fraction_of_bytes", R"({"time":1467671846,"bytes":5.5})", "rejected bad_bytes"},
    {"exponent", R"({"time":1467671846,"bytes":5e3})", "rejected bad_bytes"},
    {"beyond_int64", R"({"time":1467671846,"bytes":9223372036854775808})", "rejected bad_bytes"},
    {"true_bytes", R"({"time":1467671846,"bytes":true})", "rejected bad_bytes"},
    {"bad_status", R"({"time":1467671846,"bytes":5,"status":99})", "rejected bad_status"},
    {"leading_zero", R"({"time":1467671846,"bytes":05})", "rejected malformed"},
    {"bare_word", R"({"time":1467671846,"bytes":five})", "rejected malformed"},
    {"unclosed", R"({"time":1467671846,"bytes":5)", "rejected malformed"},
    {"open_quote", R"({"time":1467671846,"bytes":"5})", "rejected malformed"},
    {"trailing_text", R"({"time":1467671846,"bytes":5} x)", "rejected malformed"},
    {"two_objects", R"({"time":1467671846,"bytes":5}{"time":1})", "rejected malformed"},
    {"trailing_comma", R"({"time":1467671846,"bytes":5,})", "rejected malformed"},
    {"missing_comma", R"({"time":1467671846 "bytes":5})", "rejected malformed"},
    {"missing_colon", R"({"time" 1467671846,"bytes":5})", "rejected malformed"},
    {"bad_escape", R"({"time":1467671846,"bytes":5,"url":"\x"})", "rejected malformed"},
    {"control_character",
     "{\"time\":1467671846,\"bytes\":5,\"url\":\"a\tb\"}",
     "rejected malformed"},
    {"escaped_nul", R"({"time":1467671846,"bytes":5,"url":"\u0000"})", "rejected nul_byte"},
    {"array", "[1467671846,5]", "rejected malformed"},
    {"number", "5", "rejected malformed"},
    {"text", "GET /a 200 5", "rejected malformed"},
    {"blank", "", "comment"},
    {"comment", "# a header", "comment"},
    {"empty_object", "{}", "rejected bad_time"},
};

class Json : public testing::TestWithParam<LineCase> {};

TEST_P(Json, gives) {
    LineReader reader(reading_of("json"));
    EXPECT_EQ(reader.read(GetParam().line), GetParam().expected);
    // The line before must not be seen through the one that follows.
    reader.read(R"({"time":1,"bytes":1,"url":"/old","method":"OLD","host":"old","status":201})");
    EXPECT_EQ(reader.read(GetParam().line), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Cases, Json, testing::ValuesIn(cases), [](const auto& test) {
    return test.param.name;
});

TEST(JsonFields, are_paths) {
    LineReader reader(reading_of("json", [](Reading& reading) {
        reading.subject = {.kind = SubjectRule::Kind::field, .text = "user.account.id"};
        reading.fields = {{"time", "event.at"}, {"bytes", "event.size"}};
        reading.metrics = {{.kind = MetricRule::Kind::bytes},
                           {.kind = MetricRule::Kind::field, .text = "event.seconds"}};
    }));
    EXPECT_EQ(reader.read(R"({"event":{"at":1467671846,"size":"5","seconds":"30"},)"
                          R"("user":{"name":{"id":1},"account":{"id":17}}})"),
              "1467671846 - - - - 0 5");
    EXPECT_EQ(reader.record().subject_field, "17");
    EXPECT_EQ(reader.record().field_values[1], 30);
    EXPECT_EQ(reader.read(R"({"event.at":1467671846,"event":{"size":5,"seconds":0}})"),
              "1467671846 - - - - 0 5");
    EXPECT_EQ(reader.record().subject_field, "");
    EXPECT_EQ(reader.read(R"({"event":{"at":1467671846,"size":5,"seconds":-1}})"),
              "rejected bad_value");
    EXPECT_EQ(reader.read(R"({"event":{"at":1467671846,"size":5}})"), "rejected bad_value");
    EXPECT_EQ(reader.read(R"({"event":{"at":1467671846,"size":5,)"), "rejected malformed");
    EXPECT_EQ(reader.read(R"({"event":{"at":1467671846,"size":5,"seconds":1])"),
              "rejected malformed");
    // The defaults of a role that is named do not come back.
    EXPECT_EQ(reader.read(R"({"time":1467671846,"event":{"size":5,"seconds":1}})"),
              "rejected bad_time");
}

TEST(JsonFields, may_serve_two_roles) {
    LineReader reader(reading_of("json", [](Reading& reading) {
        reading.subject = {.kind = SubjectRule::Kind::field, .text = "host"};
    }));
    EXPECT_EQ(reader.read(R"({"time":1467671846,"bytes":5,"host":"h"})"), "1467671846 - - - h 0 5");
    EXPECT_EQ(reader.record().subject_field, "h");
    const std::unique_ptr<LineParser> clone = reader.parser().clone();
    LogRecord record;
    const std::string line = R"({"time":1467671846,"bytes":5,"host":"other"})";
    const std::string padded = line + std::string(64, ' ');
    EXPECT_EQ(clone->parse(std::string_view(padded).substr(0, line.size()), record).kind,
              LineKind::record);
    EXPECT_EQ(record.subject_field, "other");
}

}  // namespace
}  // namespace tidemark
