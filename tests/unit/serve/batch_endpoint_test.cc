#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;
using test::MemoryService;

class BatchEndpointTest : public testing::Test {
 protected:
    http::Response post(std::string_view query,
                        std::string_view media_type,
                        std::string_view body,
                        std::string_view key_header = {}) {
        http::Fields fields;
        fields.set("Content-Type", std::string(media_type));
        if (!key_header.empty()) {
            fields.set("Idempotency-Key", std::string(key_header));
        }
        return service.ask("POST", "/v1/datasets/cdn/batches?" + std::string(query), fields, body);
    }

    std::string total() {
        const http::Response response =
            service.ask("GET", "/v1/usage?dataset=cdn&from=2026-11-01&to=2026-12-01&by=total");
        const json row = json::parse(response.body)["rows"][0];
        return row["bytes_streamed"].dump() + " " + row["requests"].dump();
    }

    MemoryService service;
};

constexpr const char* csv = "text/csv";
constexpr const char* ndjson = "application/x-ndjson";
constexpr const char* rows_csv =
    "site_id,slot,bytes_streamed,requests\r\na,2026-11-01T10:30Z,100,2\r\nb,2026-11-02T00:00Z,7,"
    "1\r\n";
constexpr const char* rows_ndjson =
    "{\"site_id\":\"b\",\"slot\":\"2026-11-02T00:00Z\",\"bytes_streamed\":7,\"requests\":1}\n"
    "{\"site_id\":\"a\",\"slot\":\"2026-11-01T10:30Z\",\"bytes_streamed\":100,\"requests\":2}\n";
constexpr const char* rows_json =
    "{\"batch_key\":\"k\",\"feed\":\"f\",\"rows\":["
    "{\"site_id\":\"a\",\"slot\":\"2026-11-01T10:30Z\",\"bytes_streamed\":100,\"requests\":2},"
    "{\"site_id\":\"b\",\"slot\":\"2026-11-02T00:00Z\",\"bytes_streamed\":7,\"requests\":1}]}";

TEST_F(BatchEndpointTest, the_same_rows_in_any_form_are_the_same_batch) {
    const http::Response first = post("feed=f&batch_key=k", csv, rows_csv);
    ASSERT_EQ(first.status, 201) << first.body;
    json receipt = json::parse(first.body);
    EXPECT_EQ(receipt["batch"], "cdn:1");
    EXPECT_EQ(receipt["totals"], json::parse(R"({"bytes_streamed": 107, "requests": 3})"));
    EXPECT_EQ(receipt["already_stored"], false);
    receipt["already_stored"] = true;
    for (const http::Response& again : {post("feed=f", ndjson, rows_ndjson, "k"),
                                        post("", "application/json", rows_json),
                                        post("feed=f&batch_key=k", csv, rows_csv, "k")}) {
        EXPECT_EQ(again.status, 200);
        EXPECT_EQ(json::parse(again.body), receipt);
    }
    EXPECT_EQ(total(), "107 3");
    const json runs = json::parse(service.ask("GET", "/v1/runs?job=batch").body)["runs"];
    EXPECT_EQ(runs.size(), 1U);
}

TEST_F(BatchEndpointTest, rows_of_a_frozen_day_are_booked_today_and_the_receipt_says_so) {
    const std::vector<UtcDay> days = {UtcDay::parse("2026-11-01").value()};
    ASSERT_TRUE(service.store().seal_days("cdn", days).has_value());
    ASSERT_TRUE(service.store().freeze_days("cdn", days, FreezePolicy::adjust).has_value());
    const http::Response first = post("feed=f&batch_key=k", csv, rows_csv);
    ASSERT_EQ(first.status, 201) << first.body;
    const json receipt = json::parse(first.body);
    EXPECT_EQ(receipt["adjusted"], json::parse(R"({"booked": "2027-01-15T08:00Z", "rows": 1,
        "totals": {"bytes_streamed": 100, "requests": 2}})"));
    EXPECT_EQ(receipt["days"], json::parse(R"(["2026-11-02", "2027-01-15"])"));
    EXPECT_EQ(total(), "7 1");
    const http::Response again = post("feed=f", ndjson, rows_ndjson, "k");
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(json::parse(again.body)["adjusted"], receipt["adjusted"]);
}

TEST_F(BatchEndpointTest, other_content_under_a_key_is_a_conflict_and_changes_nothing) {
    ASSERT_EQ(post("feed=f&batch_key=k", csv, rows_csv).status, 201);
    const http::Response other =
        post("feed=f&batch_key=k",
             csv,
             "site_id,slot,bytes_streamed,requests\na,2026-11-01T10:30Z,101,2\n");
    EXPECT_EQ(other.status, 409);
    EXPECT_NE(json::parse(other.body)["detail"].get<std::string>().find("'k'"), std::string::npos)
        << other.body;
    EXPECT_EQ(total(), "107 3");
}

TEST_F(BatchEndpointTest, strict_refuses_the_whole_and_partial_keeps_what_is_right) {
    const std::string some_wrong = std::string(rows_ndjson) +
                                   "{\"site_id\":\"c\",\"slot\":\"2026-11-02T00:00Z\","
                                   "\"bytes_streamed\":-7,\"requests\":1}\nnonsense\n";
    const http::Response refused = post("feed=f&batch_key=k", ndjson, some_wrong);
    EXPECT_EQ(refused.status, 422);
    const json problem = json::parse(refused.body);
    ASSERT_EQ(problem["lines"].size(), 2U);
    EXPECT_EQ(problem["lines"][0]["line"], 3);
    EXPECT_EQ(problem["lines"][0]["reason"], "bad_value");
    EXPECT_EQ(problem["lines"][1]["text"], "nonsense");
    EXPECT_EQ(service.ask("GET", "/v1/batches?dataset=cdn").body, "{\n  \"batches\": []\n}\n");
    const http::Response partial = post("feed=f&batch_key=k&mode=partial", ndjson, some_wrong);
    EXPECT_EQ(partial.status, 201);
    EXPECT_EQ(json::parse(partial.body)["rejected"], 2);
    EXPECT_EQ(total(), "107 3");
    const json rejected = json::parse(service.ask("GET", "/v1/rejected?batch=cdn:1").body);
    EXPECT_EQ(rejected["batches"].size(), 1U);
}

TEST_F(BatchEndpointTest, an_empty_batch_can_say_that_there_was_nothing) {
    const http::Response stored =
        post("", "application/json", R"({"batch_key": "k", "feed": "f", "covers": "2026-11-01",
                                          "rows": []})");
    EXPECT_EQ(stored.status, 201) << stored.body;
    const auto coverage = service.store().coverage("cdn", "f");
    ASSERT_TRUE(coverage.has_value());
    EXPECT_EQ(coverage->ranges().size(), 1U);
    // Again with coverage is a run of its own: the first might have ended before it declared it.
    EXPECT_EQ(post("feed=f&batch_key=k&covers=2026-11-01", ndjson, "").status, 200);
}

TEST_F(BatchEndpointTest, what_is_wrong_is_named) {
    struct Case {
        const char* query;
        const char* media_type;
        const char* body;
        int status;
        const char* said;
    };
    const Case cases[] = {
        {"batch_key=k", csv, rows_csv, 400, "feed"},
        {"feed=f", csv, rows_csv, 400, "batch_key"},
        {"feed=f&batch_key=%C3%A9", csv, rows_csv, 400, "batch_key"},
        {"feed=f&batch_key=k&mode=lax", csv, rows_csv, 400, "mode"},
        {"feed=f&batch_key=k&covers=2026-11", csv, rows_csv, 400, "covers"},
        {"feed=f&batch_key=k&key=x", csv, rows_csv, 400, "key"},
        {"feed=f&batch_key=k", "text/plain", rows_csv, 415, "Content-Type"},
        {"feed=f&batch_key=k", csv, "", 400, "nothing in it"},
        {"feed=f&batch_key=k", csv, "site_id,date,bytes\n", 400, "bytes"},
        {"feed=g", "application/json", rows_json, 400, "feed"},
        {"feed=f&batch_key=k", "application/json", "{}", 400, "rows"},
        {"feed=f&batch_key=k", "application/json", "[", 400, "JSON"},
    };
    for (const Case& each : cases) {
        const http::Response response = post(each.query, each.media_type, each.body);
        EXPECT_EQ(response.status, each.status) << each.query << response.body;
        EXPECT_NE(response.body.find(each.said), std::string::npos) << response.body;
    }
    EXPECT_EQ(post("feed=f&batch_key=k", csv, rows_csv, "other").status, 400);
    http::Fields fields;
    fields.set("Content-Type", csv);
    EXPECT_EQ(service.ask("POST", "/v1/datasets/media_storage/batches", fields, rows_csv).status,
              404);
    EXPECT_EQ(service.ask("POST", "/v1/datasets/nothing/batches", fields, rows_csv).status, 404);
    fields.set("Content-Encoding", "br");
    EXPECT_EQ(
        service.ask("POST", "/v1/datasets/cdn/batches?feed=f&batch_key=k", fields, rows_csv).status,
        400);
}

TEST_F(BatchEndpointTest, a_batch_is_taken_back_once_with_its_reason) {
    ASSERT_EQ(post("feed=f&batch_key=k", csv, rows_csv).status, 201);
    const auto take_back = [this](const char* batch, const char* body) {
        return service.ask("POST", "/v1/batches/" + std::string(batch) + "/void", {}, body);
    };
    EXPECT_EQ(take_back("cdn:1", "{}").status, 400);
    EXPECT_EQ(take_back("cdn:1", "reason").status, 400);
    EXPECT_EQ(take_back("cdn:1", R"({"reason": 1})").status, 400);
    EXPECT_EQ(take_back("cdn", R"({"reason": "twice"})").status, 400);
    EXPECT_EQ(take_back("cdn:9", R"({"reason": "twice"})").status, 404);
    const http::Response taken = take_back("cdn:1", R"({"reason": "twice", "by": "me"})");
    ASSERT_EQ(taken.status, 200) << taken.body;
    EXPECT_EQ(json::parse(taken.body)["voids"], 1);
    EXPECT_EQ(json::parse(take_back("cdn:1", R"({"reason": "x"})").body)["already_stored"], true);
    EXPECT_EQ(total(), "0 0");
}

}  // namespace
}  // namespace tidemark
