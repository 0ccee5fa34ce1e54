#include "worker/event_parser.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

const Dataset& media() {
    return built_in_datasets()[2];
}

class EventParserTest : public testing::Test {
 protected:
    EventChunk parsed(const std::vector<std::string>& lines) {
        EventParser parser = EventParser::make(media(), clock_).value();
        EventChunk chunk;
        for (const std::string& line : lines) {
            const Result<void> added = parser.add_line(line, chunk);
            EXPECT_TRUE(added.has_value()) << added.error().message;
        }
        const LineCounts& counts = chunk.counts;
        EXPECT_EQ(counts.accepted + counts.rejected + counts.comments, counts.lines);
        EXPECT_EQ(counts.accepted, static_cast<std::int64_t>(chunk.events.size()));
        return chunk;
    }

    // Why the one line was rejected; "accepted" when it was not.
    std::string reason_of(const std::string& line) {
        const EventChunk chunk = parsed({line});
        if (chunk.counts.rejected == 0) {
            return "accepted";
        }
        EXPECT_EQ(chunk.rejected_samples.front().line, 1);
        return chunk.rejected_by_reason.begin()->first;
    }

    std::string reason_of_value(const std::string& value) {
        return reason_of(R"({"subject":"a","metric":"bytes_stored","value":)" + value +
                         R"(,"observed_at":"2026-11-22T10:00:00Z"})");
    }

    std::string reason_of_cell(const std::string& value) {
        const EventChunk chunk = parsed({"subject,metric,value,observed_at",
                                         "a,bytes_stored," + value + ",2026-11-22T10:00:00Z"});
        return chunk.counts.rejected == 0 ? "accepted" : chunk.rejected_by_reason.begin()->first;
    }

    ManualClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) +
                       std::chrono::hours(12)};
};

TEST_F(EventParserTest, reads_one_metric_or_several_of_a_line) {
    const EventChunk chunk = parsed(
        {R"({"subject":"a","metric":"media_count","value":7,"observed_at":"2026-11-22T10:00:00Z"})",
         R"({"site_id":"b","bytes_stored":1,"media_count":2,"observed_at":1795341600,)"
         R"("event_id":"x"})",
         ""});
    ASSERT_EQ(chunk.events.size(), 3U);
    EXPECT_EQ(chunk.events[0].subject, "a");
    EXPECT_EQ(chunk.events[0].metric, 1U);
    EXPECT_EQ(chunk.events[0].value, 7);
    EXPECT_EQ(chunk.events[0].observed_at, clock_.now() - std::chrono::hours(2));
    EXPECT_EQ(chunk.events[1].subject, "b");
    EXPECT_EQ(chunk.events[1].value, 1);
    EXPECT_EQ(chunk.events[2].metric, 1U);
    EXPECT_EQ(chunk.events[2].event_id, "x");
    EXPECT_EQ(chunk.counts.comments, 1);
    EXPECT_EQ(chunk.last_line, 3);
}

TEST_F(EventParserTest, reads_csv_of_both_shapes) {
    const EventChunk narrow = parsed({"\xef\xbb\xbfobserved_at,subject,metric,value,event_id\r",
                                      "2026-11-22 10:00:00+02:00,\"a,b\",bytes_stored,5,e1\r"});
    ASSERT_EQ(narrow.events.size(), 1U);
    EXPECT_EQ(narrow.events[0].subject, "a,b");
    EXPECT_EQ(narrow.events[0].event_id, "e1");
    EXPECT_EQ(narrow.events[0].observed_at, clock_.now() - std::chrono::hours(4));
    const EventChunk wide = parsed({"site_id,bytes_stored,media_count,observed_at,owner",
                                    "a,5,6,2026-11-22T10:00:00Z,me",
                                    "b,,6,2026-11-22T10:00:00Z,me"});
    EXPECT_EQ(wide.counts.accepted, 3);
    EXPECT_EQ(wide.rejected_by_reason.at("empty"), 1);  // the other metric of the line counts
}

TEST_F(EventParserTest, a_header_that_lacks_a_column_is_refused) {
    EventParser parser = EventParser::make(media(), clock_).value();
    EventChunk chunk;
    const Result<void> added = parser.add_line("site_id,bytes,observed_at", chunk);
    ASSERT_FALSE(added.has_value());
    EXPECT_NE(added.error().message.find("bytes_stored"), std::string::npos);
}

TEST_F(EventParserTest, invalid_values_are_rejected_with_their_reason) {
    struct Case {
        const char* value;
        const char* in_json;
        const char* in_csv;
    };
    const Case cases[] = {
        {"0", "accepted", "accepted"},
        {"9223372036854775807", "accepted", "accepted"},
        {"9223372036854775808", "too_large", "too_large"},
        {"99999999999999999999999", "too_large", "too_large"},
        {"-1", "negative", "negative"},
        {"-0.5", "negative", "negative"},
        {"1.5", "fraction", "fraction"},
        {"NaN", "malformed", "not_a_number"},
        {"\"NaN\"", "not_a_number", "not_a_number"},
        {"\"\"", "empty", "empty"},
        {"null", "null", "null"},
        {"\"many\"", "text", "text"},
        {"\"12\"", "text", "accepted"},  // quotes make a text of it in JSON, and nothing in CSV
        {"true", "text", "text"},
        {"[1]", "text", "text"},
        {"1e3", "fraction", "text"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(reason_of_value(each.value), each.in_json) << each.value;
        EXPECT_EQ(reason_of_cell(each.value), each.in_csv) << each.value;
    }
}

TEST_F(EventParserTest, what_is_wrong_with_a_line_is_named) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"subject":"a")", "malformed"},
        {R"({"metric":"bytes_stored","value":1,"observed_at":"2026-11-22T10:00:00Z"})",
         "no_subject"},
        {R"({"subject":"","metric":"bytes_stored","value":1,"observed_at":1795341600})",
         "no_subject"},
        {R"({"subject":"a\u0000b","bytes_stored":1,"observed_at":1795341600})", "bad_subject"},
        {R"({"subject":"a","metric":"bytes","value":1,"observed_at":1795341600})",
         "unknown_metric"},
        {R"({"subject":"a","value":1,"observed_at":1795341600})", "no_metric"},
        {R"({"subject":"a","metric":"bytes_stored","observed_at":1795341600})", "null"},
        {R"({"subject":"a","bytes_stored":1})", "no_time"},
        {R"({"subject":"a","bytes_stored":1,"observed_at":"2026-02-30T10:00:00Z"})", "bad_time"},
        {R"({"subject":"a","bytes_stored":1,"observed_at":"2026-11-22T12:05:00Z"})", "accepted"},
        {R"({"subject":"a","bytes_stored":1,"observed_at":"2026-11-22T12:05:01Z"})", "future"},
    };
    for (const auto& [line, reason] : cases) {
        EXPECT_EQ(reason_of(line), reason) << line;
    }
    const EventChunk latin = parsed({"subject,bytes_stored,observed_at", "\xe4,1,1795341600"});
    EXPECT_EQ(latin.rejected_by_reason.begin()->first, "bad_subject");
}

TEST_F(EventParserTest, a_line_of_brackets_is_malformed) {
    const std::string value = std::string(400'000, '[') + std::string(400'000, ']');
    EXPECT_EQ(reason_of(R"({"subject":"a","observed_at":1795341600,"bytes_stored":)" + value + "}"),
              "malformed");
}

TEST_F(EventParserTest, fractions_of_a_second_count_to_the_microsecond) {
    const std::pair<const char*, std::int64_t> cases[] = {
        {"\"2026-11-22T10:00:00.1234567Z\"", 123456},
        {"\"2026-11-22T10:00:00.5Z\"", 500000},
        {"\"2026-11-22 10:00:00.000001+00\"", 1},
        {"1795341600250", 250000},
        {"1795341600000007", 7},
        {"\"1795341600.75\"", 750000},
    };
    for (const auto& [text, microseconds] : cases) {
        const EventChunk chunk =
            parsed({std::string(R"({"subject":"a","bytes_stored":1,"observed_at":)") + text + "}"});
        ASSERT_EQ(chunk.events.size(), 1U) << text;
        EXPECT_EQ(chunk.events[0].observed_at,
                  clock_.now() - std::chrono::hours(2) + std::chrono::microseconds(microseconds))
            << text;
    }
}

RC_GTEST_FIXTURE_PROP(EventParserTest, every_line_is_accepted_or_rejected, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(
        std::string("{}\"\\,:[]0123456789-.eE+nultrfasbycid_ \t\x01\xff\xc3\xa4")));
    parsed({"{" + text, R"({"subject":"a","bytes_stored":)" + text + "}"});
    parsed({"subject,bytes_stored,observed_at", text, "a," + text + ",1795341600"});
}

}  // namespace
}  // namespace tidemark
