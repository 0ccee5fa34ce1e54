#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/usage_answer.h"
#include "report/usage_format.h"
#include "serve/endpoint.h"
#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;
using test::MemoryService;

http::Fields accepting(const char* media_type) {
    http::Fields fields;
    fields.set("Accept", media_type);
    return fields;
}

class EndpointsTest : public testing::Test {
 protected:
    EndpointsTest() {
        service.add("a", "2026-11-01", 3, 5);
        service.add("a", "2026-11-02", 4, 7);
        service.add("b", "2026-11-02", 4, 11);
    }

    json document(std::string_view target) {
        const http::Response response = service.ask("GET", target);
        EXPECT_EQ(response.status, 200) << response.body;
        return json::parse(response.body);
    }

    MemoryService service;
};

constexpr const char* november = "/v1/usage?dataset=cdn&from=2026-11-01&to=2026-11-03";

TEST_F(EndpointsTest, usage_is_the_report_in_each_of_its_forms) {
    const UsageQuestion question{.request = {.dataset = built_in_datasets()[0],
                                             .subjects = {"a", "b"},
                                             .from = UtcDay::parse("2026-11-01").value(),
                                             .to = UtcDay::parse("2026-11-03").value(),
                                             .top_metric = {}}};
    const UsageReport report = answer_usage(service.store(), question, {}).value();
    const std::string target = std::string(november) + "&subject=a&subject=b";
    for (const auto& [media_type, format] :
         {std::pair("application/json", UsageFormat::json),
          std::pair("text/csv", UsageFormat::csv),
          std::pair("application/x-ndjson", UsageFormat::ndjson)}) {
        const http::Response response = service.ask("GET", target, accepting(media_type));
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.fields.find("Content-Type"), media_type);
        EXPECT_EQ(response.body, format_usage(report, format));
    }
    EXPECT_EQ(service.ask("GET", target, accepting("image/png")).status, 406);
}

TEST_F(EndpointsTest, usage_has_the_metrics_asked_for_in_their_order) {
    const json rows = document(std::string(november) +
                               "&by=total&top=1&metric=bytes_streamed&metrics=requests")["rows"];
    EXPECT_EQ(
        rows,
        json::parse(R"([{"subject": "a", "period": "2026-11-01/2026-11-03", "requests": 2}])"))
        << rows;
    EXPECT_EQ(document(std::string(november) + "&by=total")["rows"][0]["bytes_streamed"], 23);
}

TEST_F(EndpointsTest, an_entity_tag_holds_as_long_as_the_answer_does) {
    const http::Response first = service.ask("GET", november);
    http::Fields fields;
    fields.set("If-None-Match", std::string(first.fields.find("ETag").value()));
    const http::Response same = service.ask("GET", november, fields);
    EXPECT_EQ(same.status, 304);
    EXPECT_TRUE(same.body.empty());
    ASSERT_TRUE(service.store().fold("cdn", {}).has_value());
    EXPECT_EQ(service.ask("GET", november, fields).status, 304);
    service.add("b", "2026-11-01", 4, 0);
    const http::Response changed = service.ask("GET", november, fields);
    EXPECT_EQ(changed.status, 200);
    EXPECT_NE(changed.fields.find("ETag"), first.fields.find("ETag"));
}

TEST_F(EndpointsTest, a_wrong_parameter_is_named_with_its_value) {
    struct Case {
        const char* target;
        const char* field;
        const char* value;
    };
    const Case cases[] = {
        {"/v1/usage", "dataset", ""},
        {"/v1/usage?dataset=cdm", "dataset", "cdm"},
        {"/v1/usage?dataset=media_storage&by=slot", "by", "slot"},
        {"/v1/usage?dataset=media_storage&tz=Europe/Berlin", "tz", "Europe/Berlin"},
        {"/v1/usage?dataset=cdn&fill=carry", "fill", "carry"},
        {"/v1/usage?dataset=cdn&from=2026-02-30", "from", "2026-02-30"},
        {"/v1/usage?dataset=cdn&from=2026-11-02&to=2026-11-02", "to", "2026-11-02"},
        {"/v1/usage?dataset=cdn&from=0001-01-01&to=9999-01-01", "from", "0001-01-01"},
        {"/v1/usage?dataset=cdn&by=week", "by", "week"},
        {"/v1/usage?dataset=cdn&top=0", "top", "0"},
        {"/v1/usage?dataset=cdn&top=1%27--", "top", "1'--"},
        {"/v1/usage?dataset=cdn&top=5&subject=a", "top", "5"},
        {"/v1/usage?dataset=cdn&metric=bytes", "metric", "bytes"},
        {"/v1/usage?dataset=cdn&metrics=requests,bytes", "metrics", "bytes"},
        {"/v1/usage?dataset=cdn&tz=Europe/Berlim", "tz", "Europe/Berlim"},
        {"/v1/usage?dataset=cdn&tz=Europe/Berlin&by=month", "tz", "Europe/Berlin"},
        {"/v1/usage?dataset=cdn&synced=1", "synced", "1"},
        {"/v1/usage?dataset=cdn&subjects=a", "subjects", "a"},
        {"/v1/usage?dataset=cdn&by=day&by=day", "by", "day"},
        {"/v1/usage?dataset=cdn&compare=last", "compare", "last"},
        {"/v1/usage?dataset=cdn&by=month&from=2026-11-02&to=2026-12-01&compare=previous",
         "compare",
         "previous"},
        {"/v1/usage?dataset=cdn&limit=0", "limit", "0"},
        {"/v1/usage?dataset=cdn&limit=1001", "limit", "1001"},
        {"/v1/usage?dataset=cdn&limit=5&subject=a", "limit", "5"},
        {"/v1/usage?dataset=cdn&limit=5&tz=Europe/Berlin", "tz", "Europe/Berlin"},
        {"/v1/usage?dataset=cdn&cursor=x", "cursor", "x"},
        {"/v1/runs?limit=1001", "limit", "1001"},
        {"/v1/runs?day=yesterday", "day", "yesterday"},
        {"/v1/batches", "dataset", ""},
        {"/v1/batches?dataset=media_storage", "dataset", "media_storage"},
        {"/v1/rejected?batch=cdn", "batch", "cdn"},
        {"/v1/rejected?batch=other:1", "batch", "other:1"},
        {"/v1/sources?x=y", "x", "y"},
    };
    for (const Case& each : cases) {
        const http::Response response = service.ask("GET", each.target);
        ASSERT_EQ(response.status, 400) << each.target << response.body;
        EXPECT_EQ(response.fields.find("Content-Type"), "application/problem+json");
        const json problem = json::parse(response.body);
        EXPECT_EQ(problem["field"], each.field) << each.target;
        EXPECT_EQ(problem["value"], each.value) << each.target;
    }
}

TEST_F(EndpointsTest, without_knowing_how_far_all_is_complete_synced_is_refused) {
    EXPECT_EQ(service.ask("GET", std::string(november) + "&synced=true").status, 409);
}

TEST_F(EndpointsTest, what_happened_is_listed_as_the_command_line_lists_it) {
    EXPECT_EQ(document("/v1/batches?dataset=cdn&limit=2")["batches"].size(), 2U);
    EXPECT_EQ(document("/v1/batches?dataset=cdn&day=2026-11-01")["batches"][0]["batch"], "cdn:1");
    EXPECT_EQ(document("/v1/runs?job=serve")["runs"][0]["outcome"], "running");
    EXPECT_TRUE(document("/v1/sources").contains("datasets"));
    EXPECT_TRUE(document("/v1/rejected?batch=cdn:1").contains("batches"));
    EXPECT_EQ(service.ask("GET", "/v1/rejected?batch=cdn:99").status, 404);
}

TEST_F(EndpointsTest, readiness_is_a_write_that_was_committed) {
    EXPECT_EQ(service.ask("GET", "/livez").status, 200);
    EXPECT_EQ(service.ask("GET", "/readyz").status, 200);
    const std::int64_t run_id = document("/v1/runs?job=serve")["runs"][0]["run"];
    ASSERT_TRUE(service.store()
                    .end_run(run_id, {.outcome = RunOutcome::failed, .covered = {}, .error = "x"})
                    .has_value());
    EXPECT_EQ(service.ask("GET", "/readyz").status, 503);
    EXPECT_EQ(service.ask("GET", "/livez").status, 200);
}

TEST_F(EndpointsTest, a_path_or_method_that_is_not_there_is_named) {
    const http::Response nothing = service.ask("GET", "/v1/usages?secret=1");
    EXPECT_EQ(nothing.status, 404);
    EXPECT_EQ(json::parse(nothing.body)["value"], "/v1/usages");
    const http::Response method = service.ask("DELETE", "/v1/usage");
    EXPECT_EQ(method.status, 405);
    EXPECT_EQ(method.fields.find("Allow"), "GET");
}

}  // namespace
}  // namespace tidemark
