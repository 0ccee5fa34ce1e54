#include <string>

#include <gtest/gtest.h>

#include "logs/lines/syslog_prefix.h"
#include "support/line_cases.h"

namespace tidemark {
namespace {

using test::LineCase;
using test::LineReader;
using test::reading_of;

constexpr const char* json =
    R"({"bytes":5,"date_time":"2016-07-04T22:37:26.867635728Z","http":{"referer":null},)"
    R"("method":"GET","status":200,"tls":{"cipher":"x"},"url":"https://h/a","version":"1"})";
constexpr const char* json_record = "1467671846 GET https://h/a - - 200 5";
constexpr const char* text =
    R"(192.0.2.1 - - [04/Jul/2016:22:37:26 +0000] "GET /a HTTP/1.1" 200 5)";
constexpr const char* text_record = "1467671846 GET /a - - 200 5";

struct PrefixCase {
    const char* name;
    const char* prefix;
    bool accepted;
};

constexpr PrefixCase prefix_cases[] = {
    {"blank", "", true},
    {"classic", "<134>2016-07-01T01:02:03Z cache-sjc3128 LogTest[62959]: ", true},
    {"loggly",
     "<134>1 2016-07-01T01:02:03Z cache-sjc3128 LogTest 62959 - [t@41058 tag=\"a ]\"] ",
     true},
    {"loggly_two_elements", "<134>1 2016-07-01T01:02:03Z h app 1 - [a@1 b=\"\\\"]\"][c] ", true},
    {"rfc5424_without_elements", "<134>1 2016-07-01T01:02:03Z h app 1 - - ", true},
    {"rfc5424_with_byte_order_mark",
     "<134>1 2016-07-01T01:02:03Z h app 1 - [a@1] \xEF\xBB\xBF",
     true},
    {"logplex", "183 <134>1 2016-07-01T01:02:03+00:00 h app 1 - ", true},
    {"no_priority", "<>2016-07-01T01:02:03Z h app[1]: ", false},
    {"long_priority", "<1345>2016-07-01T01:02:03Z h app[1]: ", false},
    {"open_priority", "<134 2016-07-01T01:02:03Z h app[1]: ", false},
    {"no_tag", "<134>2016-07-01T01:02:03Z h ", false},
    {"open_element", "<134>1 2016-07-01T01:02:03Z h app 1 - [a@1 b=\"", false},
};

class FastlyPrefix : public testing::TestWithParam<PrefixCase> {};

TEST_P(FastlyPrefix, is_passed_over) {
    LineReader reader(reading_of("fastly"));
    const std::string prefix = GetParam().prefix;
    const std::string refused = "rejected malformed";
    EXPECT_EQ(reader.read(prefix + json), GetParam().accepted ? json_record : refused);
    EXPECT_EQ(reader.read(prefix + text), GetParam().accepted ? text_record : refused);
    // A prefix alone, as a line that was cut off has it.
    if (!prefix.empty()) {
        EXPECT_EQ(reader.read(prefix), refused);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         FastlyPrefix,
                         testing::ValuesIn(prefix_cases),
                         [](const auto& test) { return test.param.name; });

TEST(SyslogPrefix, never_reads_beyond_a_line_that_is_cut_off) {
    for (const PrefixCase& test : prefix_cases) {
        const std::string whole = std::string(test.prefix) + "{}";
        for (std::size_t size = 0; size <= whole.size(); ++size) {
            const std::string line = whole.substr(0, size);
            const auto message = skip_syslog_prefix(line);
            EXPECT_TRUE(!message || line.ends_with(*message)) << line;
        }
    }
}

constexpr LineCase cases[] = {
    {"version_absent", R"({"bytes":5,"date_time":1467671846})", "1467671846 - - - - 0 5"},
    {"version_null",
     R"({"bytes":5,"date_time":1467671846,"version":null})",
     "1467671846 - - - - 0 5"},
    {"version_number",
     R"({"bytes":5,"date_time":1467671846,"version":1})",
     "1467671846 - - - - 0 5"},
    {"version_unknown", R"({"bytes":5,"date_time":1467671846,"version":"2"})", "ignored version"},
    {"version_unknown_with_other_keys", R"({"size":5,"version":"2"})", "ignored version"},
    {"version_unknown_but_broken", R"({"size":5,"version":"2")", "rejected malformed"},
    {"resp_bytes",
     R"({"resp_bytes":"5","timestamp":"2016-07-04T22:37:26+0000"})",
     "1467671846 - - - - 0 5"},
    {"raw_quote", R"({"bytes":5,"date_time":1467671846,"url":"/a"b"})", "rejected malformed"},
    {"dash_bytes", R"({"bytes":"-","date_time":1467671846})", "1467671846 - - - - 0 0"},
    {"other_text", "connection reset by peer", "rejected malformed"},
    {"blank", "", "comment"},
};

class Fastly : public testing::TestWithParam<LineCase> {};

TEST_P(Fastly, gives) {
    LineReader reader(reading_of("fastly"));
    EXPECT_EQ(reader.read(GetParam().line), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Cases, Fastly, testing::ValuesIn(cases), [](const auto& test) {
    return test.param.name;
});

TEST(FastlyFields, and_versions_are_configured) {
    LineReader reader(reading_of("fastly", [](Reading& reading) {
        reading.subject.kind = SubjectRule::Kind::field;
        reading.subject.text = "tls.cipher";
        reading.fields = {{"bytes", "size"}};
        reading.versions = {"1", "2"};
    }));
    EXPECT_EQ(
        reader.read(R"({"size":7,"date_time":1467671846,"version":"2","tls":{"cipher":"x"}})"),
        "1467671846 - - - - 0 7");
    EXPECT_EQ(reader.record().subject_field, "x");
    EXPECT_EQ(reader.read(R"({"size":7,"version":"3"})"), "ignored version");
    // The text form has no named fields.
    EXPECT_EQ(reader.read(text), "rejected malformed");
}

}  // namespace
}  // namespace tidemark
