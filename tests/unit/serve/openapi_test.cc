#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "serve/routes.h"
#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;

class OpenApi : public testing::Test {
 protected:
    OpenApi() : document(json::parse(service.ask("GET", "/openapi.json").body)) {}

    // Every "$ref" below the value.
    static void references(const json& value, std::set<std::string>& found) {
        for (const auto& [name, member] : value.items()) {
            if (name == "$ref") {
                found.insert(member.get<std::string>());
            } else if (member.is_structured()) {
                references(member, found);
            }
        }
    }

    test::MemoryService service;
    const json document;
};

TEST_F(OpenApi, has_every_route_and_no_other) {
    EXPECT_EQ(document["openapi"], "3.1.0");
    std::size_t operations = 0;
    for (const auto& [path, methods] : document["paths"].items()) {
        operations += methods.size();
    }
    EXPECT_EQ(operations, routes().size());
    for (const Route& route : routes()) {
        const char* method = route.method == "GET" ? "get" : "post";
        const json& operation = document["paths"][std::string(route.path)][method];
        ASSERT_TRUE(operation.is_object()) << route.path;
        EXPECT_FALSE(operation["summary"].get<std::string>().empty());
        EXPECT_EQ(operation.contains("requestBody"), route.body_bytes_max > 0);
        std::size_t in_path = 0;
        for (const json& parameter : operation["parameters"]) {
            in_path += parameter["in"] == "path" ? 1U : 0U;
        }
        EXPECT_EQ(in_path, static_cast<std::size_t>(std::ranges::count(route.path, '{')));
        EXPECT_EQ(operation["parameters"].size(), in_path + route.parameters.size());
    }
}

TEST_F(OpenApi, names_only_shapes_that_it_has) {
    std::set<std::string> found;
    references(document, found);
    EXPECT_GT(found.size(), 5U);
    for (const std::string& reference : found) {
        EXPECT_TRUE(document.contains(json::json_pointer(reference.substr(1)))) << reference;
    }
}

// An endpoint cannot read a parameter that the document does not have: it would end the program.
// Here it is asked with each that the document has.
TEST_F(OpenApi, has_parameters_that_the_endpoints_know) {
    for (const Route& route : routes()) {
        for (const Parameter& parameter : route.parameters) {
            std::string target(route.path);
            if (const std::size_t open = target.find('{'); open != std::string::npos) {
                target.replace(open, target.find('}') - open + 1, "cdn");
            }
            http::Fields fields;
            fields.set("Content-Type", "text/csv");
            const http::Response response = service.ask(
                route.method, target + "?" + std::string(parameter.name) + "=x", fields);
            EXPECT_EQ(response.body.find("there is no such parameter"), std::string::npos)
                << response.body;
        }
        std::string target(route.path);
        // A ping says more than is looked at.
        if (target.find('{') == std::string::npos && route.endpoint != nullptr) {
            EXPECT_EQ(service.ask(route.method, target + "?nonsense=1").status, 400) << target;
        }
    }
}

TEST_F(OpenApi, has_what_usage_answers) {
    const json answer =
        json::parse(service.ask("GET", "/v1/usage?dataset=cdn&from=2026-11-01&to=2026-11-02").body);
    const json& schema = document["components"]["schemas"]["Usage"];
    for (const json& name : schema["required"]) {
        EXPECT_TRUE(answer.contains(name.get<std::string>())) << name;
    }
    for (const auto& [name, shape] : schema["properties"].items()) {
        EXPECT_TRUE(answer.contains(name)) << name;
    }
}

}  // namespace
}  // namespace tidemark
