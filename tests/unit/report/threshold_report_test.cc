#include "report/threshold_report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidemark {
namespace {

using nlohmann::json;

Timestamp at(int second) {
    return Timestamp(std::chrono::seconds(1'790'000'000 + second));
}

std::vector<ToldThreshold> declared() {
    return {{.name = "big",
             .dataset = "cdn",
             .metric = "bytes_streamed",
             .subject = "",
             .window = "month",
             .at_least = 1'000'000,
             .url = "http://h/"}};
}

ToldEvent event_of(const char* subject) {
    return {.event = {.id = "7f",
                      .threshold = "big",
                      .dataset = "cdn",
                      .metric = "bytes_streamed",
                      .subject = subject,
                      .period = "2026-09",
                      .value = Total(1'234'567),
                      .at_least = 1'000'000,
                      .synced_through = std::chrono::floor<std::chrono::seconds>(at(0)),
                      .fired_at = at(1)},
            .attempts = {}};
}

// One that was heard at the second attempt, one that never was, one that nobody told yet; of the
// second only the last attempts are logged.
std::vector<ToldEvent> events() {
    std::vector<ToldEvent> all = {event_of("a"), event_of("b"), event_of("c")};
    all[0].attempts = {{1, at(2), 0, "timed out"}, {2, at(3), 200, "delivered"}};
    all[0].event.attempts = 2;
    all[0].event.delivered_at = at(3);
    all[1].attempts = {{150, at(4), 500, "answered 500"}};
    all[1].event.attempts = 150;
    return all;
}

TEST(ThresholdReport, says_who_heard_and_who_did_not) {
    const std::string text = format_thresholds(declared(), events());
    for (const char* words : {"1,000,000",
                              "each",
                              "http://h/",
                              "1,234,567",
                              "heard 2026-09-21T14:13:23Z",
                              "150 attempts: answered 500",
                              "not told yet"}) {
        EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
    }
    EXPECT_EQ(format_thresholds({}, {}), "no thresholds are declared\n\nnothing has fired\n");
}

TEST(ThresholdReport, is_the_same_as_json) {
    const json document = json::parse(thresholds_json(declared(), events()));
    EXPECT_EQ(document["thresholds"],
              json::parse(R"([{"name": "big", "dataset": "cdn", "metric": "bytes_streamed",
                  "subject": null, "window": "month", "at_least": 1000000, "url": "http://h/"}])"));
    ASSERT_EQ(document["events"].size(), 3U);
    EXPECT_EQ(document["events"][0], json::parse(R"({
        "event_id": "7f", "threshold": "big", "dataset": "cdn", "metric": "bytes_streamed",
        "subject": "a", "period": "2026-09", "at_least": 1000000, "value": 1234567,
        "synced_through": "2026-09-21T14:13:20Z", "fired_at": "2026-09-21T14:13:21Z",
        "delivered_at": "2026-09-21T14:13:23Z", "attempt_count": 2, "attempts": [
            {"attempt": 1, "attempted_at": "2026-09-21T14:13:22Z", "status": null,
             "outcome": "timed out"},
            {"attempt": 2, "attempted_at": "2026-09-21T14:13:23Z", "status": 200,
             "outcome": "delivered"}]})"));
    EXPECT_TRUE(document["events"][1]["delivered_at"].is_null());
    EXPECT_EQ(document["events"][1]["attempt_count"], 150);
}

TEST(ThresholdReport, a_total_beyond_64_bits_is_a_text) {
    ToldEvent wide = event_of("a");
    wide.event.value = Total::from_wide(Total::Wide{1} << 70U);
    EXPECT_EQ(json::parse(thresholds_json({}, {wide}))["events"][0]["value"],
              "1180591620717411303424");
}

}  // namespace
}  // namespace tidemark
