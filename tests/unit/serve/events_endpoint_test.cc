#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;
using test::MemoryService;

constexpr const char* csv = "text/csv";
constexpr const char* ndjson = "application/x-ndjson";

class EventsEndpointTest : public testing::Test {
 protected:
    http::Response post(std::string_view query,
                        std::string_view media_type,
                        std::string_view body,
                        std::string_view dataset = "media_storage") {
        http::Fields fields;
        fields.set("Content-Type", std::string(media_type));
        return service.ask(
            "POST", fmt::format("/v1/datasets/{}/events?{}", dataset, query), fields, body);
    }

    // "subject value mark" for each subject on 2026-11-01.
    std::string stored() {
        const http::Response response = service.ask(
            "GET", "/v1/usage?dataset=media_storage&from=2026-11-01&to=2026-11-02&top=1000");
        std::string text;
        const json answer = json::parse(response.body);
        for (const json& row : answer["rows"]) {
            text += fmt::format("{} {} {};",
                                row["subject"].get<std::string>(),
                                row["bytes_stored"].dump(),
                                row["max_bytes_stored"].dump());
        }
        return text;
    }

    MemoryService service;
};

constexpr const char* events_csv =
    "site_id,bytes_stored,observed_at\r\na,100,2026-11-01T10:00:00Z\r\nb,7,2026-11-01T11:00:00Z\r\n"
    "a,60,2026-11-01T12:00:00Z\r\n";
constexpr const char* events_ndjson =
    "{\"subject\":\"b\",\"metric\":\"bytes_stored\",\"value\":7,\"observed_at\":1793530800}\n"
    "{\"subject\":\"a\",\"bytes_stored\":60,\"observed_at\":\"2026-11-01T12:00:00Z\"}\n"
    "{\"subject\":\"a\",\"bytes_stored\":100,\"observed_at\":\"2026-11-01T10:00:00Z\"}";
constexpr const char* events_json =
    "{\"feed\":\"library\",\"covers\":\"2026-11-01\",\"events\":["
    "{\"subject\":\"a\",\"bytes_stored\":60,\n\"observed_at\":\"2026-11-01T12:00:00Z\"},"
    "{\"subject\":\"a\",\"bytes_stored\":100,\"observed_at\":\"2026-11-01T10:00:00Z\"},"
    "{\"subject\":\"b\",\"bytes_stored\":7,\"observed_at\":\"2026-11-01T11:00:00Z\"}]}";

TEST_F(EventsEndpointTest, the_same_events_in_any_form_and_order_count_once) {
    const http::Response first = post("feed=library", csv, events_csv);
    ASSERT_EQ(first.status, 201) << first.body;
    const json answer = json::parse(first.body);
    EXPECT_EQ(answer["received"], 3);
    EXPECT_EQ(answer["accepted"], 3);
    EXPECT_EQ(answer["rejected"], 0);
    ASSERT_EQ(answer["chunks"].size(), 1U);
    EXPECT_EQ(answer["chunks"][0]["batch"], "media_storage:1");
    EXPECT_EQ(answer["chunks"][0]["already_stored"], false);
    const std::string expected = "a 60 100;b 7 7;";
    EXPECT_EQ(stored(), expected);
    EXPECT_EQ(post("feed=library", ndjson, events_ndjson).status, 201);
    EXPECT_EQ(post("", "application/json", events_json).status, 201);
    EXPECT_EQ(stored(), expected);
    const http::Response again = post("feed=library", csv, events_csv);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(json::parse(again.body)["chunks"][0]["already_stored"], true);
    EXPECT_EQ(json::parse(again.body)["chunks"][0]["batch_seq"], 1);
    EXPECT_EQ(stored(), expected);
    const auto covered = service.store().coverage("media_storage", "library");
    ASSERT_TRUE(covered.has_value());
    EXPECT_EQ(covered->ranges().size(), 1U);
}

// The wrong one stands behind two whole chunks, which would be committed by then.
TEST_F(EventsEndpointTest, strict_stores_nothing_and_partial_what_is_right) {
    std::string events;
    for (int site = 0; site < 4100; ++site) {
        events += fmt::format(
            "{{\"subject\":\"s{}\",\"bytes_stored\":1,\"observed_at\":1793530800}}\n", site);
    }
    events += R"({"subject":"a","bytes_stored":-5,"observed_at":1793530800})";
    const http::Response refused = post("feed=library", ndjson, events);
    EXPECT_EQ(refused.status, 422);
    const json problem = json::parse(refused.body);
    ASSERT_EQ(problem["lines"].size(), 1U);
    EXPECT_EQ(problem["lines"][0]["line"], 4101);
    EXPECT_EQ(problem["lines"][0]["reason"], "negative");
    EXPECT_EQ(stored(), "");
    const http::Response partial = post("feed=library&mode=partial", ndjson, events);
    EXPECT_EQ(partial.status, 201) << partial.body;
    const json answer = json::parse(partial.body);
    EXPECT_EQ(answer["accepted"], 4100);
    EXPECT_EQ(answer["rejected_by_reason"], json::parse(R"({"negative": 1})"));
    EXPECT_EQ(answer["lines"][0]["line"], 4101);
    EXPECT_EQ(answer["chunks"].size(), 3U);
    const auto batches = service.store().batches("media_storage", 0, 10).value();
    ASSERT_EQ(batches.size(), 3U);
    EXPECT_EQ(service.store().rejected_samples("media_storage", batches[2].batch_seq)->size(), 1U);
}

TEST_F(EventsEndpointTest, strict_knows_the_days_that_are_purged) {
    ASSERT_EQ(post("feed=library", csv, events_csv).status, 201);
    ASSERT_TRUE(service.store()
                    .purge_day("media_storage", UtcDay::parse("2026-11-01").value())
                    .has_value());
    const std::string events =
        std::string(events_csv) + "c,9,2026-11-02T10:00:00Z\nc,8,2026-11-01T10:00:00Z\n";
    const http::Response refused = post("feed=library", csv, events);
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(refused.body.find("day_purged 4"), std::string::npos) << refused.body;
    const json answer = json::parse(post("feed=library&mode=partial", csv, events).body);
    EXPECT_EQ(answer["accepted"], 1);
    EXPECT_EQ(answer["rejected_by_reason"]["day_purged"], 4);
}

TEST_F(EventsEndpointTest, what_is_wrong_is_named) {
    struct Case {
        const char* query;
        const char* media_type;
        const char* body;
        int status;
        const char* said;
    };
    const Case cases[] = {
        {"", csv, events_csv, 400, "feed"},
        {"feed=f&mode=lax", csv, events_csv, 400, "mode"},
        {"feed=f&covers=2026-11", csv, events_csv, 400, "covers"},
        {"feed=f&batch_key=k", csv, events_csv, 400, "batch_key"},
        {"feed=f", "text/plain", events_csv, 415, "Content-Type"},
        {"feed=f", csv, "site_id,bytes\n", 400, "observed_at"},
        {"feed=g", "application/json", events_json, 400, "feed"},
        {"feed=f", "application/json", R"({"rows": []})", 400, "rows"},
        {"feed=f", "application/json", R"({"batch_key": "k", "events": []})", 400, "batch_key"},
    };
    for (const Case& each : cases) {
        const http::Response response = post(each.query, each.media_type, each.body);
        EXPECT_EQ(response.status, each.status) << each.query << response.body;
        EXPECT_NE(response.body.find(each.said), std::string::npos) << response.body;
    }
    EXPECT_EQ(post("feed=f", csv, events_csv, "cdn").status, 404);
    EXPECT_EQ(post("feed=f", csv, events_csv, "nothing").status, 404);
    EXPECT_EQ(stored(), "");
}

}  // namespace
}  // namespace tidemark
