#pragma once
// The routing table: which method and path is answered by which endpoint, and what it may be asked.
// What a program reads at /openapi.json is made from it, and an endpoint can read no parameter that
// is not in it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "serve/endpoint.h"
#include "store/key_store.h"

namespace tidemark {

enum class ParameterKind { text, texts, list, day, whole_number, flag };

// Of the query.
struct Parameter {
    std::string_view name;
    ParameterKind kind = ParameterKind::text;
    std::string_view meaning;
    bool required = false;
};

struct Route {
    std::string_view method;
    std::string_view path;        // "/v1/batches/{batch}/void"; {NAME} stands for one segment
    Endpoint endpoint = nullptr;  // null: gathers, or collects pings
    GroupEndpoint group_endpoint = nullptr;
    GroupName group_name = nullptr;  // where there is a group endpoint
    std::string_view summary;
    std::span<const Parameter> parameters{};
    std::string_view answer{};  // of the OpenAPI document's schemas; empty: a text
    std::uint64_t body_bytes_max = 0;
    // That a key must have; nothing: everybody may ask.
    std::optional<KeyScope> scope = KeyScope::admin;
    // Whether its endpoint keeps a key of some subjects to those; else such a key opens nothing
    // here.
    bool knows_subjects = false;
    // The same of datasets.
    bool knows_datasets = false;
};

std::span<const Route> routes();

struct RouteMatch {
    const Route* route = nullptr;       // null: the path is known, but not with this method
    std::vector<std::string> captures;  // what stood for the {names}, in order
    std::string allowed;                // methods of the path, parted by ", "
};

// Nothing for a path that is not there.
std::optional<RouteMatch> find_route(const http::RequestHead& head);

}  // namespace tidemark
