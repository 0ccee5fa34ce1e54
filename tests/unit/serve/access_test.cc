#include "serve/access.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "serve/routes.h"
#include "unit/serve/key_holder.h"
#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;
using Holder = test::KeyHolder;
using test::make_holder;
using test::MemoryService;

TEST(Access, is_what_the_scopes_datasets_and_subjects_of_the_key_allow) {
    MemoryService service;
    service.add("a", "2026-11-01", 3, 5);
    const Holder reader = make_holder("reader", {KeyScope::read});
    const Holder writer = make_holder("writer", {KeyScope::ingest}, {"cdn"});
    const Holder admin = make_holder("admin", {KeyScope::admin});
    const Holder of_a = make_holder("of-a", {KeyScope::read, KeyScope::ingest}, {}, {"a"});
    const Holder pings = make_holder("pings", {KeyScope::read}, {"ping"});
    service.keys().replace({reader.key, writer.key, admin.key, of_a.key, pings.key});
    const std::string rows = "site_id,date,bytes_streamed,requests\na,2026-11-01,1,1\n";
    const char* post = "/v1/datasets/cdn/batches?feed=f&batch_key=k";
    struct Case {
        const Holder* holder;
        const char* method;
        const char* target;
        int status;
    };
    const Case cases[] = {
        {&reader, "GET", "/v1/usage?dataset=cdn", 200},
        {&reader, "GET", "/v1/sources", 200},
        {&reader, "GET", "/v1/datasets", 200},
        {&of_a, "GET", "/v1/datasets", 200},
        {&pings, "GET", "/v1/datasets", 200},
        {&reader, "GET", "/metrics", 403},
        {&reader, "POST", post, 403},
        {&reader, "POST", "/v1/batches/cdn:1/void", 403},
        {&writer, "GET", "/v1/usage?dataset=cdn", 403},
        {&writer, "POST", "/v1/datasets/ping/batches?feed=f&batch_key=k", 403},
        {&writer, "POST", post, 201},
        {&admin, "GET", "/metrics", 200},
        {&of_a, "GET", "/v1/usage?dataset=cdn&subject=a", 200},
        {&of_a, "GET", "/v1/usage?dataset=cdn&subject=a&subject=b", 403},
        {&of_a, "GET", "/v1/usage?dataset=cdn", 403},
        {&of_a, "GET", "/v1/usage?dataset=cdn&top=1", 403},
        {&of_a, "GET", "/v1/sources", 403},
        {&of_a, "GET", "/v1/runs", 403},
        {&of_a, "GET", "/v1/batches?dataset=cdn", 403},
        {&of_a, "GET", "/v1/rejected?dataset=cdn", 403},
        {&of_a, "POST", post, 201},
        {&pings, "GET", "/v1/changes", 200},
        {&pings, "GET", "/v1/usage?dataset=ping", 200},
        {&pings, "GET", "/v1/usage?dataset=cdn", 403},
        {&pings, "GET", "/v1/batches?dataset=cdn", 403},
        {&pings, "GET", "/v1/batches?dataset=ping", 200},
        {&pings, "GET", "/v1/rejected?batch=cdn:1", 403},
        {&pings, "GET", "/v1/runs", 403},
        {&pings, "GET", "/v1/runs?dataset=ping", 200},
        {&pings, "GET", "/v1/sources", 403},
    };
    for (const Case& each : cases) {
        const bool is_post = std::string_view(each.method) == "POST";
        const http::Response response =
            service.ask(each.method, each.target, each.holder->fields(), is_post ? rows : "");
        EXPECT_EQ(response.status, each.status)
            << each.holder->key.name << " " << each.target << " " << response.body;
    }
    const json datasets =
        json::parse(service.ask("GET", "/v1/datasets", pings.fields()).body)["datasets"];
    ASSERT_EQ(datasets.size(), 1U);
    EXPECT_EQ(datasets[0]["name"], "ping");
    EXPECT_EQ(service.ask("GET", "/v1/usage?dataset=cdn").fields.find("WWW-Authenticate"),
              "Bearer");
    const std::string figures = service.ask("GET", "/metrics", admin.fields()).body;
    for (const char* line : {"{reason=\"missing\"} 1", "{reason=\"scope\"} 4"}) {
        EXPECT_NE(figures.find(std::string("tidemark_key_refused_total") + line + "\n"),
                  std::string::npos)
            << line << figures;
    }
    EXPECT_NE(figures.find("tidemark_key_refused_total{reason=\"limit\"} "), std::string::npos);
}

TEST(Access, events_are_of_the_datasets_and_subjects_of_the_key_or_none_is_stored) {
    MemoryService service;
    const Holder of_a = make_holder("of-a", {KeyScope::ingest}, {}, {"a"});
    const Holder of_cdn = make_holder("of-cdn", {KeyScope::ingest}, {"cdn"});
    const Holder reader = make_holder("reader", {KeyScope::read});
    service.keys().replace({of_a.key, of_cdn.key, reader.key});
    const std::string of_one = "subject,bytes_stored,observed_at\na,1,2026-11-01T10:00:00Z\n";
    const std::string of_two = of_one + "b,2,2026-11-01T10:00:00Z\n";
    const auto status_of = [&](const Holder& holder, const char* mode, const std::string& body) {
        const std::string target = "/v1/datasets/media_storage/events?feed=f&mode=";
        return service.ask("POST", target + mode, holder.fields(), body).status;
    };
    for (const char* mode : {"strict", "partial"}) {
        EXPECT_EQ(status_of(of_cdn, mode, of_one), 403);
        EXPECT_EQ(status_of(of_a, mode, of_two), 403);
    }
    const char* usage =
        "/v1/usage?dataset=media_storage&from=2026-11-01&to=2026-11-02&by=total&top=9";
    const auto rows = [&] {
        return json::parse(service.ask("GET", usage, reader.fields()).body)["rows"].size();
    };
    EXPECT_EQ(rows(), 0U);
    EXPECT_EQ(status_of(of_a, "strict", of_one), 201);
    EXPECT_EQ(rows(), 1U);
    const json again = json::parse(
        service.ask("POST", "/v1/datasets/media_storage/events?feed=f", of_a.fields(), of_one)
            .body);
    EXPECT_EQ(again["chunks"][0]["already_stored"], true);
    EXPECT_FALSE(again["chunks"][0].contains("batch_seq")) << "it tells how many others there are";
}

// Pings come from players, which cannot keep a key.
TEST(Access, nothing_but_health_the_document_and_pings_opens_without_a_key) {
    MemoryService service;
    service.keys().replace({make_holder("reader", {KeyScope::read}).key});
    const std::set<std::string_view> open = {"/readyz", "/openapi.json"};
    for (const Route& route : routes()) {
        const bool ping = route.path.find("/ping") != std::string_view::npos;
        const int status = service.ask(route.method, route.path).status;
        if (ping) {
            EXPECT_NE(status, 401) << route.path;
        } else {
            EXPECT_EQ(status, open.contains(route.path) ? 200 : 401) << route.path;
        }
    }
    EXPECT_EQ(service.ask("GET", "/livez").status, 200);
}

}  // namespace
}  // namespace tidemark
