#include <string>

#include <gtest/gtest.h>

#include "logs/lines/formats.h"

namespace tidemark {
namespace {

struct SubjectCase {
    const char* name;
    const char* rule;
    const char* url;
    const char* query;  // where the format keeps it apart
    const char* host;
    const char* expected;  // "!" for what cannot be decoded
};

constexpr SubjectCase subject_cases[] = {
    {"segment", "path:2", "/a/site/c", "", "", "site"},
    {"segment_of_absolute", "path:1", "https://h/site", "", "", "site"},
    {"root_has_no_segment", "path:1", "/", "", "", ""},
    {"host_of_url", "host", "https://User@Example.COM:443/a", "", "other", "example.com"},
    {"host_column", "host", "/a", "", "Example.com:80", "example.com"},
    {"host_lower_already", "host", "/a", "", "example.com", "example.com"},
    {"host_dash", "host", "/a", "", "-", ""},
    {"host_none", "host", "/a", "", "", ""},
    {"host_address_in_brackets", "host", "http://[::1]:80/", "", "", "[::1]"},
    {"host_open_bracket", "host", "http://[::1/", "", "", ""},
    {"query", "query:aid", "/p?e=s&aid=abc", "", "", "abc"},
    {"query_plus_stays", "query:aid", "/p?aid=a+b", "", "", "a+b"},
    {"query_percent", "query:aid", "/p?aid=a%2Bb", "", "", "a+b"},
    {"query_bad_percent", "query:aid", "/p?aid=a%2", "", "", "!"},
    {"query_bad_percent_elsewhere", "query:aid", "/p?x=%&aid=a", "", "", "a"},
    {"query_nul", "query:aid", "/p?aid=a%00", "", "", "!"},
    {"query_not_utf8", "query:aid", "/p?aid=%FF", "", "", "!"},
    {"query_utf8", "query:aid", "/p?aid=%C3%A4", "", "", "\xC3\xA4"},
    {"query_empty", "query:aid", "/p?aid=", "", "", ""},
    {"query_undefined", "query:aid", "/p?aid=undefined", "", "", ""},
    {"query_none", "query:aid", "/p?AID=a", "", "", ""},
    {"query_in_fragment", "query:aid", "/p#?aid=a", "", "", ""},
    {"query_column", "query:aid", "/p", "aid=abc", "", "abc"},
    {"pattern",
     "pattern:/conversions/([0-9A-Za-z]{8})/",
     "/c/conversions/zWLy8Jer/v",
     "",
     "",
     "zWLy8Jer"},
    {"pattern_sees_the_query", "pattern:[?&]s=(\\w+)", "/p", "a=1&s=site", "", "site"},
    {"pattern_not_found", "pattern:^/(x)", "/a", "", "", ""},
    {"pattern_capture_not_taken", "pattern:/(?:a|(b))", "/a", "", "", ""},
};

class SubjectFound : public testing::TestWithParam<SubjectCase> {};

TEST_P(SubjectFound, by_the_rule) {
    const SubjectCase& test = GetParam();
    const Result<SubjectRule> rule = SubjectRule::parse(test.rule);
    ASSERT_TRUE(rule.has_value());
    Result<std::unique_ptr<SubjectFinder>> made = SubjectFinder::make(*rule);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    const LogRecord record{.url = test.url, .query = test.query, .host = test.host};
    const std::unique_ptr<SubjectFinder> clone = (*made)->clone();
    for (SubjectFinder* const finder : {made->get(), clone.get()}) {
        bool malformed = true;
        const std::string subject(finder->find(record, malformed));
        EXPECT_EQ(malformed ? "!" : subject, test.expected);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         SubjectFound,
                         testing::ValuesIn(subject_cases),
                         [](const auto& test) { return test.param.name; });

TEST(SubjectFinder, gives_the_named_field) {
    auto finder = SubjectFinder::make({.kind = SubjectRule::Kind::field, .text = "channel"});
    ASSERT_TRUE(finder.has_value());
    bool malformed = true;
    EXPECT_EQ((*finder)->find({.subject_field = "#en"}, malformed), "#en");
    EXPECT_FALSE(malformed);
}

TEST(SubjectFinder, refuses_patterns_without_exactly_one_capture) {
    for (const char* const text : {"/a", "/(a)/(b)", "/(a"}) {
        const auto finder = SubjectFinder::make({.kind = SubjectRule::Kind::pattern, .text = text});
        ASSERT_FALSE(finder.has_value()) << text;
        EXPECT_EQ(finder.error().kind, ErrorKind::invalid_input);
        EXPECT_NE(finder.error().message.find(text), std::string::npos);
    }
}

}  // namespace
}  // namespace tidemark
