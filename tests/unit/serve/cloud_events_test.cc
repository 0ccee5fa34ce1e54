#include "serve/cloud_events.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "unit/serve/key_holder.h"
#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;
using Holder = test::KeyHolder;
using test::make_holder;
using test::MemoryService;

constexpr const char* one = "application/cloudevents+json";
constexpr const char* many = "application/cloudevents-batch+json";

// Calls of cdn: bytes from the data, each a request. Sizes of media_storage.
std::vector<CloudEventMapping> mappings() {
    return {{.type = "com.example.call",
             .dataset = built_in_datasets()[0],
             .metrics = {"data.usage.bytes", "count"}},
            {.type = "com.example.size",
             .dataset = built_in_datasets()[2],
             .feed = "library",
             .subject = "data.site",
             .time = "data.at",
             .metrics = {"data.bytes", ""}},
            {.type = "com.example.library",
             .dataset = built_in_datasets()[2],
             .feed = "library",
             .subject = "data.site",
             .time = "data.at",
             .metrics = {"data.bytes", "data.count"}}};
}

json call(const std::string& id, const std::string& subject, std::int64_t bytes) {
    return {{"specversion", "1.0"},
            {"type", "com.example.call"},
            {"source", "/edge/1"},
            {"id", id},
            {"subject", subject},
            {"time", "2026-11-01T10:31:02Z"},
            {"data", {{"usage", {{"bytes", bytes}}}}}};
}

json size(const std::string& id, const std::string& site, std::int64_t bytes) {
    return {{"specversion", "1.0"},
            {"type", "com.example.size"},
            {"source", "/library"},
            {"id", id},
            {"data", {{"site", site}, {"at", 1793530800}, {"bytes", bytes}}}};
}

class CloudEvents : public testing::Test {
 protected:
    http::Response post(const char* media_type, const std::string& body) {
        http::Fields fields;
        fields.set("Content-Type", media_type);
        return service.ask("POST", "/v1/events", fields, body);
    }
    http::Response post(const std::vector<json>& events) { return post(many, json(events).dump()); }

    std::string usage(const char* dataset, const char* metric) {
        const json answer = json::parse(
            service
                .ask(
                    "GET",
                    fmt::format("/v1/usage?dataset={}&from=2026-11-01&to=2026-11-02&by=total&top=9",
                                dataset))
                .body);
        std::map<std::string, std::string> found;
        for (const json& row : answer["rows"]) {
            found[row["subject"]] = row[metric].dump();
        }
        std::string text;
        for (const auto& [subject, value] : found) {
            text += subject + " " + value + ";";
        }
        return text;
    }

    MemoryService service{mappings()};
};

TEST_F(CloudEvents, count_once_however_they_are_cut) {
    const json a = call("1", "a", 10);
    const json b = call("2", "b", 20);
    const json c = call("3", "a", 5);
    EXPECT_EQ(post({a, b}).status, 201);
    const http::Response cut_anew = post({b, c, a});
    EXPECT_EQ(cut_anew.status, 201) << cut_anew.body;
    EXPECT_EQ(json::parse(cut_anew.body), json({{"stored", 1}, {"already_stored", 2}}));
    EXPECT_EQ(post(one, c.dump()).status, 200);
    EXPECT_EQ(post({c, c}).status, 200);
    EXPECT_EQ(usage("cdn", "bytes_streamed"), "a 15;b 20;");
    EXPECT_EQ(usage("cdn", "requests"), "a 2;b 1;");
    // The same id of another source is another event.
    json other = call("1", "a", 1);
    other["source"] = "/edge/2";
    EXPECT_EQ(post(one, other.dump()).status, 201);
    EXPECT_EQ(usage("cdn", "bytes_streamed"), "a 16;b 20;");
}

TEST_F(CloudEvents, the_same_event_written_otherwise_is_the_same) {
    EXPECT_EQ(post(one, call("1", "a", 10).dump()).status, 201);
    json again = call("1", "a", 10);
    again["time"] = "2026-11-01T11:31:02+01:00";
    again["comexampleextension"] = "x";
    EXPECT_EQ(post(one, again.dump(4)).status, 200);
    http::Fields fields;
    for (const auto& [name, value] : {std::pair("ce-specversion", "1.0"),
                                      std::pair("ce-type", "com.example.call"),
                                      std::pair("CE-Source", "/edge%2F1"),
                                      std::pair("ce-id", "1"),
                                      std::pair("ce-subject", "a"),
                                      std::pair("ce-time", "2026-11-01T10:31:02Z"),
                                      std::pair("Content-Type", "application/json")}) {
        fields.set(name, value);
    }
    const http::Response binary =
        service.ask("POST", "/v1/events", fields, R"({"usage": {"bytes": 10}})");
    EXPECT_EQ(binary.status, 200) << binary.body;
    EXPECT_EQ(usage("cdn", "bytes_streamed"), "a 10;");
}

TEST_F(CloudEvents, another_content_under_an_id_is_refused_and_the_others_stand) {
    EXPECT_EQ(post(one, call("1", "a", 10).dump()).status, 201);
    const http::Response some = post({call("1", "a", 11), call("2", "b", 20)});
    EXPECT_EQ(some.status, 409);
    const json problem = json::parse(some.body);
    ASSERT_EQ(problem["lines"].size(), 1U);
    EXPECT_EQ(problem["lines"][0]["line"], 1);
    EXPECT_EQ(usage("cdn", "bytes_streamed"), "a 10;b 20;");
}

TEST_F(CloudEvents, of_a_gauge_go_the_way_of_its_events) {
    EXPECT_EQ(post({size("1", "s", 100), call("1", "a", 10), size("2", "t", 7)}).status, 201);
    EXPECT_EQ(post({size("2", "t", 7), size("1", "s", 100)}).status, 201);
    EXPECT_EQ(usage("media_storage", "bytes_stored"), "s 100;t 7;");
    EXPECT_EQ(usage("cdn", "requests"), "a 1;");
    const http::Response wrong = post({call("9", "a", 10), size("3", "s", 1), size("4", "s", -1)});
    EXPECT_EQ(wrong.status, 422);
    const json lines = json::parse(wrong.body)["lines"];
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0]["line"], 3);
    EXPECT_EQ(lines[0]["reason"], "negative");
    EXPECT_EQ(usage("cdn", "requests"), "a 1;");
}

TEST_F(CloudEvents, one_that_is_wrong_refuses_the_request_and_is_named) {
    const auto changed = [](const char* member, const json& value) {
        json event = call("7", "a", 1);
        event[member] = value;
        return event;
    };
    const std::pair<json, const char*> cases[] = {
        {changed("specversion", "0.3"), "malformed"},
        {json("text"), "malformed"},
        {changed("id", ""), "no_id"},
        {changed("source", nullptr), "no_id"},
        {changed("source", "a b"), "bad_id"},
        {changed("id", std::string(2000, 'x')), "bad_id"},
        {changed("type", "com.example.other"), "unknown_type"},
        {changed("subject", nullptr), "no_subject"},
        {changed("subject", "a\nb"), "bad_subject"},
        {changed("time", nullptr), "no_time"},
        {changed("time", "yesterday"), "bad_time"},
        {changed("time", "2027-02-01T00:00:00Z"), "future"},
        {changed("data", nullptr), "bad_value"},
        {changed("data", {{"usage", {{"bytes", -1}}}}), "bad_value"},
        {changed("data", {{"usage", {{"bytes", 1.5}}}}), "bad_value"},
        {changed("data", {{"usage", {{"bytes", 9223372036854775808U}}}}), "bad_value"},
    };
    for (const auto& [event, reason] : cases) {
        const http::Response refused = post({call("1", "a", 10), event});
        EXPECT_EQ(refused.status, 422) << refused.body;
        const json lines = json::parse(refused.body)["lines"];
        ASSERT_EQ(lines.size(), 1U);
        EXPECT_EQ(lines[0]["line"], 2);
        EXPECT_EQ(lines[0]["reason"], reason);
    }
    EXPECT_EQ(usage("cdn", "requests"), "");
}

TEST_F(CloudEvents, one_that_is_wrong_in_two_ways_is_rejected_once) {
    json event = size("1", "s", -1);
    event["type"] = "com.example.library";
    event["data"]["count"] = -2;
    const http::Response refused = post({size("2", "t", 7), event});
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(refused.body.find("1 of 2 events are rejected (negative 1)"), std::string::npos)
        << refused.body;
}

TEST_F(CloudEvents, of_a_key_of_some_are_of_its_datasets_and_subjects_or_none_is_stored) {
    const Holder of_a = make_holder("of-a", {KeyScope::ingest}, {}, {"a"});
    const Holder of_cdn = make_holder("of-cdn", {KeyScope::ingest}, {"cdn"});
    const Holder all = make_holder("all", {KeyScope::ingest});
    service.keys().replace({of_a.key, of_cdn.key, all.key});
    const auto status_of = [&](const Holder& holder, const std::vector<json>& events) {
        http::Fields fields = holder.fields();
        fields.set("Content-Type", many);
        return service.ask("POST", "/v1/events", fields, json(events).dump()).status;
    };
    EXPECT_EQ(status_of(of_a, {call("1", "a", 1), call("2", "b", 1)}), 403);
    EXPECT_EQ(status_of(of_a, {call("1", "a", 1), size("2", "b", 1)}), 403);
    EXPECT_EQ(status_of(of_cdn, {call("1", "a", 1), size("2", "a", 1)}), 403);
    EXPECT_EQ(status_of(all, {call("1", "a", 1)}), 201) << "nothing of those was stored";
    EXPECT_EQ(status_of(of_a, {call("1", "a", 1)}), 201) << "in a feed of its own";
    EXPECT_EQ(status_of(of_a, {call("1", "a", 1)}), 200);
    EXPECT_EQ(status_of(of_a, {call("1", "a", 2)}), 409);
    EXPECT_EQ(status_of(of_a, {size("2", "a", 1)}), 201);
    EXPECT_EQ(status_of(of_cdn, {call("3", "b", 1)}), 201);
    service.keys().replace({});
    EXPECT_EQ(usage("cdn", "requests"), "a 2;b 1;");
}

TEST_F(CloudEvents, come_in_the_forms_that_there_are) {
    EXPECT_EQ(post("application/json", call("1", "a", 1).dump()).status, 415);
    EXPECT_EQ(post(one, json({call("1", "a", 1)}).dump()).status, 400);
    EXPECT_EQ(post(many, call("1", "a", 1).dump()).status, 400);
    EXPECT_EQ(post(many, "[]").status, 200);
    EXPECT_EQ(post(one, "{").status, 400);
    const std::string brackets = std::string(3'000'000, '[') + std::string(3'000'000, ']');
    EXPECT_EQ(post(many, brackets).status, 400);
    EXPECT_EQ(post(one, "{\"data\": " + brackets + "}").status, 400);
    EXPECT_EQ(post("application/cloudevents+json; charset=utf-8", call("1", "a", 1).dump()).status,
              201);
}

}  // namespace
}  // namespace tidemark
