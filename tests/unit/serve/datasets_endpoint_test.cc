#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;

TEST(DatasetsEndpoint, names_what_may_be_asked_for) {
    test::MemoryService service;
    const http::Response response = service.ask("GET", "/v1/datasets");
    ASSERT_EQ(response.status, 200) << response.body;
    const json document = json::parse(response.body);
    EXPECT_EQ(document["now"], "2027-01-15T08:00:00Z");
    const json& datasets = document["datasets"];
    ASSERT_EQ(datasets.size(), 3U);
    EXPECT_EQ(datasets[0]["name"], "cdn");
    EXPECT_EQ(datasets[0]["kind"], "counter");
    EXPECT_EQ(datasets[0]["subject"], "site_id");
    EXPECT_EQ(datasets[0]["metrics"], json({"bytes_streamed", "requests"}));
}

TEST(DatasetsEndpoint, has_the_columns_of_usage) {
    test::MemoryService service;
    const json document = json::parse(service.ask("GET", "/v1/datasets").body);
    for (const json& dataset : document["datasets"]) {
        const std::string target =
            "/v1/usage?by=total&dataset=" + dataset["name"].get<std::string>();
        const auto answer = nlohmann::ordered_json::parse(service.ask("GET", target).body);
        std::vector<std::string> columns;
        for (const auto& [name, value] : answer["rows"][0].items()) {
            if (name != "period" && name != "no_data") {
                columns.push_back(name);
            }
        }
        EXPECT_EQ(dataset["columns"], json(columns)) << target;
    }
}

}  // namespace
}  // namespace tidemark
