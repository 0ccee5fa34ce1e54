#include <string>

#include <gtest/gtest.h>

#include "support/line_cases.h"

namespace tidemark {
namespace {

using test::LineReader;
using test::reading_of;

Reading ping_reading() {
    return reading_of("ping", [](Reading& reading) {
        reading.metrics = default_metric_rules(built_in_datasets()[1]);
        reading.subject.kind = SubjectRule::Kind::query;
        reading.subject.text = "aid";
    });
}

std::string line_with(std::string_view url) {
    return "192.0.2.1 - - [04/Jul/2016:22:37:26 +0000] \"POST " + std::string(url) +
           " HTTP/1.1\" 204 0 \"-\" \"agent\"";
}

struct PingCase {
    const char* name;
    const char* url;
    const char* expected;  // "play ad_impression ad_complete subject", or a verdict
};

constexpr PingCase cases[] = {
    {"play",
     "/v1/jwplayer6/ping.gif?e=s&aid=a17e8PTFFffxLgpVuA4vVw",
     "1 0 0 a17e8PTFFffxLgpVuA4vVw"},
    {"play_with_host", "https://ihe.jwpltx.com/v1/jwplayer6/ping.gif?aid=a&e=s", "1 0 0 a"},
    {"ad_impression", "/v1/clienta/ping.gif?e=i&aid=a", "0 1 0 a"},
    {"ad_complete", "/v1/clienta/ping.gif?e=c&aid=a", "0 0 1 a"},
    {"encoded_event", "/v1/clienta/ping.gif?e=%69&aid=a", "0 1 0 a"},
    {"badly_encoded_event", "/v1/clienta/ping.gif?e=%6&aid=a", "rejected bad_url"},
    {"impression_on_the_players_path", "/v1/jwplayer6/ping.gif?e=i&aid=a", "ignored event"},
    {"play_on_the_ads_path", "/v1/clienta/ping.gif?e=s&aid=a", "ignored event"},
    {"embed", "/v1/jwplayer6/ping.gif?e=e&aid=a", "ignored event"},
    {"tick_whose_title_key_is_t", "/v1/jwplayer6/ping.gif?t=s&e=t&aid=a", "ignored event"},
    {"leave", "/v1/jwplayer6/ping.gif?e=gab&aid=a", "ignored event"},
    {"other_path", "/v1/wordpress/ping.gif?e=s&aid=a", "ignored event"},
    {"path_in_the_query_only", "/x?u=/jwplayer6/ping.gif&e=s&aid=a", "ignored event"},
    {"no_event", "/v1/jwplayer6/ping.gif?aid=a", "ignored event"},
    {"empty_event", "/v1/jwplayer6/ping.gif?e=&aid=a", "ignored event"},
    {"no_query", "/v1/jwplayer6/ping.gif", "ignored event"},
    {"plus_in_the_id", "/v1/jwplayer6/ping.gif?e=s&aid=a%2Bb_+c", "1 0 0 a+b_+c"},
    {"undefined_id", "/v1/jwplayer6/ping.gif?e=s&aid=undefined", "1 0 0 -"},
    {"empty_id", "/v1/jwplayer6/ping.gif?e=s&aid=", "1 0 0 -"},
    {"no_id", "/v1/jwplayer6/ping.gif?e=s", "1 0 0 -"},
    {"badly_encoded_id", "/v1/jwplayer6/ping.gif?e=s&aid=%zz", "1 0 0 !"},
};

class Ping : public testing::TestWithParam<PingCase> {};

TEST_P(Ping, gives) {
    const Reading reading = ping_reading();
    LineReader reader(reading);
    const std::string line = line_with(GetParam().url);
    std::string found = reader.read(line);
    if (found.starts_with("146")) {
        const LogRecord& record = reader.record();
        bool malformed = false;
        const std::string subject((*SubjectFinder::make(reading.subject))->find(record, malformed));
        found = std::to_string(record.field_values[0]) + " " +
                std::to_string(record.field_values[1]) + " " +
                std::to_string(record.field_values[2]) + " " +
                (malformed         ? "!"
                 : subject.empty() ? "-"
                                   : subject);
    }
    EXPECT_EQ(found, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Cases, Ping, testing::ValuesIn(cases), [](const auto& test) {
    return test.param.name;
});

TEST(PingRules, are_configured) {
    Reading reading = ping_reading();
    reading.events = {{.event = "play", .path_part = "/beacon", .parameter = "start"},
                      {.event = "ad_impression", .path_part = "/beacon", .parameter = "ad"},
                      {.event = "ad_complete", .path_part = "/beacon", .parameter = "end"}};
    LineReader reader(reading);
    EXPECT_EQ(reader.read(line_with("/beacon?e=end")), "1467671846 POST /beacon?e=end - - 204 0");
    EXPECT_EQ(reader.record().field_values[2], 1);
    EXPECT_EQ(reader.read(line_with("/v1/jwplayer6/ping.gif?e=s")), "ignored event");
    EXPECT_EQ(reader.read("not a line"), "rejected malformed");
    EXPECT_EQ(reader.read("# comment"), "comment");
    reading.events.pop_back();
    const auto refused = make_line_parser(reading);
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message.find("event:ad_complete"), std::string::npos);
}

TEST(PingRules, leave_events_without_a_metric_uncounted) {
    Reading reading = ping_reading();
    reading.metrics.resize(1);
    LineReader reader(reading);
    EXPECT_EQ(reader.read(line_with("/v1/clienta/ping.gif?e=i&aid=a")), "ignored event");
    reading.metrics = {{.kind = MetricRule::Kind::count}};
    EXPECT_FALSE(make_line_parser(reading).has_value());
}

}  // namespace
}  // namespace tidemark
