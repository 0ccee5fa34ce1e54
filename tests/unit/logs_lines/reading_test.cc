#include "logs/lines/reading.h"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "logs/lines/numbers.h"
#include "logs/lines/status_set.h"

namespace tidemark {
namespace {

TEST(SubjectRule, parses_every_kind) {
    const Result<SubjectRule> path = SubjectRule::parse("path:3");
    ASSERT_TRUE(path.has_value());
    EXPECT_EQ(path->kind, SubjectRule::Kind::path);
    EXPECT_EQ(path->segment, 3);
    EXPECT_EQ(SubjectRule::parse("host")->kind, SubjectRule::Kind::host);
    EXPECT_EQ(SubjectRule::parse("query:aid")->kind, SubjectRule::Kind::query);
    EXPECT_EQ(SubjectRule::parse("query:aid")->text, "aid");
    EXPECT_EQ(SubjectRule::parse("field:user.id")->kind, SubjectRule::Kind::field);
    EXPECT_EQ(SubjectRule::parse("field:cs(Host)")->text, "cs(Host)");
    EXPECT_EQ(SubjectRule::parse("pattern:^/(?:a|b):(.*)$")->kind, SubjectRule::Kind::pattern);
    EXPECT_EQ(SubjectRule::parse("pattern:^/(?:a|b):(.*)$")->text, "^/(?:a|b):(.*)$");
}

TEST(SubjectRule, refuses_what_is_no_rule) {
    for (const char* const text : {"",
                                   "path",
                                   "path:",
                                   "path:0",
                                   "path:-1",
                                   "path:1x",
                                   "path: 1",
                                   "path:99999999999",
                                   "host:x",
                                   "query",
                                   "query:",
                                   "field:",
                                   "pattern:",
                                   "column:a",
                                   "Host"}) {
        const Result<SubjectRule> rule = SubjectRule::parse(text);
        ASSERT_FALSE(rule.has_value()) << text;
        EXPECT_EQ(rule.error().kind, ErrorKind::invalid_input);
        EXPECT_NE(rule.error().message.find(std::string("'") + text + "'"), std::string::npos);
    }
    EXPECT_NE(SubjectRule::parse("feild:a").error().message.find("did you mean 'field'"),
              std::string::npos);
}

TEST(MetricRule, parses_every_kind_and_nothing_else) {
    EXPECT_EQ(MetricRule::parse("bytes")->kind, MetricRule::Kind::bytes);
    EXPECT_EQ(MetricRule::parse("count")->kind, MetricRule::Kind::count);
    EXPECT_EQ(MetricRule::parse("field:seconds")->text, "seconds");
    EXPECT_EQ(MetricRule::parse("event:play")->kind, MetricRule::Kind::event);
    for (const char* const text : {"", "bytes:1", "count:", "field", "field:", "event:", "sum"}) {
        const Result<MetricRule> rule = MetricRule::parse(text);
        ASSERT_FALSE(rule.has_value()) << text;
        EXPECT_EQ(rule.error().kind, ErrorKind::invalid_input);
    }
}

TEST(MetricRule, has_defaults_for_every_dataset) {
    const std::vector<MetricRule> cdn = default_metric_rules(built_in_datasets()[0]);
    ASSERT_EQ(cdn.size(), 2U);
    EXPECT_EQ(cdn[0].kind, MetricRule::Kind::bytes);
    EXPECT_EQ(cdn[1].kind, MetricRule::Kind::count);
    const std::vector<MetricRule> ping = default_metric_rules(built_in_datasets()[1]);
    ASSERT_EQ(ping.size(), 3U);
    EXPECT_EQ(ping[0].text, "play");
    EXPECT_EQ(ping[1].text, "ad_impression");
    EXPECT_EQ(ping[2].text, "ad_complete");
    const Result<Dataset> declared = Dataset::declare(
        {.name = "calls", .subject = "customer", .metrics = {"calls", "errors", "millis"}});
    ASSERT_TRUE(declared.has_value());
    const std::vector<MetricRule> calls = default_metric_rules(*declared);
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_EQ(calls[2].kind, MetricRule::Kind::field);
    EXPECT_EQ(calls[2].text, "millis");
    const Result<Dataset> single =
        Dataset::declare({.name = "calls", .subject = "customer", .metrics = {"calls"}});
    EXPECT_EQ(default_metric_rules(*single)[0].kind, MetricRule::Kind::count);
}

TEST(StatusSet, holds_single_ones_classes_and_ranges) {
    const std::vector<std::string> texts = {"200", "3xx", "500-503", "000"};
    const Result<StatusSet> set = StatusSet::parse(texts);
    ASSERT_TRUE(set.has_value());
    for (const int status : {0, 200, 300, 304, 399, 500, 503}) {
        EXPECT_TRUE(set->contains(status)) << status;
    }
    for (const int status : {-1, 1, 100, 199, 201, 299, 400, 499, 504, 999, 1000}) {
        EXPECT_FALSE(set->contains(status)) << status;
    }
    EXPECT_FALSE(set->contains_all());
}

TEST(StatusSet, holds_everything_when_nothing_is_named) {
    const Result<StatusSet> set = StatusSet::parse({});
    ASSERT_TRUE(set.has_value());
    EXPECT_TRUE(set->contains_all());
    EXPECT_TRUE(set->contains(0));
    EXPECT_TRUE(set->contains(999));
}

TEST(StatusSet, refuses_what_is_no_status) {
    for (const char* const text : {"",
                                   "-",
                                   "20",
                                   "2000",
                                   "2x",
                                   "0xx",
                                   "xx2",
                                   "2XX",
                                   "300-200",
                                   "200-",
                                   "-200",
                                   "a-b",
                                   "99"}) {
        const std::vector<std::string> texts = {text};
        const Result<StatusSet> set = StatusSet::parse(texts);
        ASSERT_FALSE(set.has_value()) << text;
        EXPECT_EQ(set.error().kind, ErrorKind::invalid_input);
    }
}

TEST(Numbers, read_whole_numbers_up_to_int64) {
    EXPECT_EQ(parse_whole_number("0"), 0);
    EXPECT_EQ(parse_whole_number("007"), 7);
    EXPECT_EQ(parse_whole_number("999999999999999999"), 999999999999999999);
    EXPECT_EQ(parse_whole_number("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(parse_whole_number("0000000000000000000000042"), 42);
    for (const char* const text : {"",
                                   "-1",
                                   "+1",
                                   " 1",
                                   "1 ",
                                   "1.0",
                                   "1e3",
                                   "0x1",
                                   "9223372036854775808",
                                   "18446744073709551616",
                                   "99999999999999999999999"}) {
        EXPECT_FALSE(parse_whole_number(text)) << text;
    }
}

TEST(Numbers, tell_negative_bytes_from_no_bytes) {
    EXPECT_TRUE(parse_byte_count("-").valid);
    EXPECT_EQ(parse_byte_count("-").bytes, 0);
    EXPECT_EQ(parse_byte_count("12").bytes, 12);
    EXPECT_EQ(parse_byte_count("-5").reason, RejectReason::negative_bytes);
    for (const char* const text : {"", "--", "-a", "a", "1.5", "NULL"}) {
        EXPECT_FALSE(parse_byte_count(text).valid) << text;
        EXPECT_EQ(parse_byte_count(text).reason, RejectReason::bad_bytes) << text;
    }
}

TEST(Numbers, read_statuses) {
    EXPECT_EQ(parse_status("200"), 200);
    EXPECT_EQ(parse_status("999"), 999);
    for (const char* const none : {"", "-", "0", "000"}) {
        EXPECT_EQ(parse_status(none), 0) << none;
    }
    for (const char* const text : {"20", "2000", "099", "-20", "{0}", "2 0", "NULL"}) {
        EXPECT_FALSE(parse_status(text)) << text;
    }
}

TEST(Reasons, have_words_that_differ) {
    EXPECT_EQ(to_string(RejectReason::malformed), "malformed");
    EXPECT_EQ(to_string(RejectReason::no_subject), "no_subject");
    EXPECT_EQ(to_string(RejectReason::bad_value), "bad_value");
    EXPECT_EQ(to_string(IgnoreReason::status), "status");
    EXPECT_EQ(to_string(IgnoreReason::version), "version");
}

}  // namespace
}  // namespace tidemark
