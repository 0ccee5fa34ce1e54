// GET /openapi.json: the routing table as an OpenAPI 3.1 document.

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "serve/endpoint.h"
#include "serve/query_reader.h"
#include "serve/routes.h"

namespace tidemark {

namespace {

using Json = nlohmann::ordered_json;

// The shapes of what is answered and sent.
constexpr const char* schemas = R"({
  "Number": {"description": "A whole number; a text where it exceeds 64 bits.",
             "type": ["integer", "string", "null"]},
  "Usage": {"type": "object", "required": ["dataset", "from", "to", "by", "rows"], "properties": {
    "dataset": {"type": "string"},
    "from": {"type": "string", "format": "date"},
    "to": {"type": "string", "format": "date"},
    "by": {"enum": ["slot", "day", "month", "total"]},
    "rows": {"type": "array", "items": {"type": "object", "required": ["period"],
      "properties": {"subject": {"type": "string"}, "period": {"type": "string"},
                     "no_data": {"type": "boolean"},
                     "previous": {"type": "object"}, "change": {"type": "object"}},
      "additionalProperties": {"description": "one a metric",
                               "$ref": "#/components/schemas/Number"}}},
    "synced_through": {"type": ["string", "null"], "format": "date-time"},
    "overall_synced_through": {"type": ["string", "null"], "format": "date-time"},
    "completeness": {"type": "object", "additionalProperties": {
      "enum": ["complete", "partial", "open", "unknown"]}}}},
  "Datasets": {"type": "object", "required": ["now", "datasets"], "properties": {
    "now": {"type": "string", "format": "date-time"},
    "datasets": {"type": "array", "items": {"type": "object",
      "required": ["name", "kind", "subject", "metrics", "columns"], "properties": {
        "name": {"type": "string"},
        "kind": {"enum": ["counter", "gauge"]},
        "subject": {"type": "string", "description": "its column's name"},
        "metrics": {"type": "array", "items": {"type": "string"}},
        "columns": {"type": "array", "items": {"type": "string"},
                    "description": "of usage; a gauge has three a metric"}}}}}},
  "Sources": {"type": "object", "required": ["datasets", "overall", "metadata"]},
  "Runs": {"type": "object", "required": ["runs"], "properties": {
    "runs": {"type": "array", "items": {"type": "object"}}}},
  "Batches": {"type": "object", "required": ["batches"], "properties": {
    "batches": {"type": "array", "items": {"$ref": "#/components/schemas/Receipt"}}}},
  "Rejected": {"type": "object", "required": ["batches"]},
  "Receipt": {"type": "object",
    "required": ["batch", "dataset", "batch_seq", "feed", "key", "content_hash", "committed_at"],
    "properties": {
      "batch": {"type": "string", "examples": ["cdn:812"]},
      "dataset": {"type": "string"},
      "batch_seq": {"type": "integer"},
      "feed": {"type": "string"},
      "key": {"type": "string"},
      "content_hash": {"type": "string"},
      "committed_at": {"type": "string", "format": "date-time"},
      "voids": {"type": ["integer", "null"]},
      "accepted": {"type": "integer"},
      "rejected": {"type": "integer"},
      "rows": {"type": "integer"},
      "totals": {"type": "object",
                 "additionalProperties": {"$ref": "#/components/schemas/Number"}},
      "already_stored": {"type": "boolean"}}},
  "Events": {"type": "object",
    "required": ["dataset", "feed", "received", "accepted", "rejected", "chunks"],
    "properties": {
      "dataset": {"type": "string"},
      "feed": {"type": "string"},
      "received": {"type": "integer"},
      "accepted": {"type": "integer"},
      "rejected": {"type": "integer"},
      "rejected_by_reason": {"type": "object", "additionalProperties": {"type": "integer"}},
      "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
      "chunks": {"type": "array", "items": {"$ref": "#/components/schemas/Receipt"}}}},
  "Event": {"type": "object",
            "description": "`subject`, `observed_at`, and `metric` with `value` or the metrics."},
  "EventList": {"type": "object", "required": ["events"], "properties": {
    "feed": {"type": "string"},
    "covers": {"type": "string"},
    "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}}},
  "CloudEvent": {"type": "object",
    "required": ["specversion", "type", "source", "id"], "properties": {
      "specversion": {"const": "1.0"},
      "type": {"type": "string"},
      "source": {"type": "string"},
      "id": {"type": "string"},
      "time": {"type": "string", "format": "date-time"},
      "subject": {"type": "string"},
      "data": {}}},
  "CloudEventList": {"type": "array", "items": {"$ref": "#/components/schemas/CloudEvent"}},
  "CloudEventsStored": {"type": "object", "required": ["stored", "already_stored"],
    "properties": {
      "stored": {"type": "integer"},
      "already_stored": {"type": "integer"}}},
  "Pings": {"type": "object", "required": ["accepted", "ignored", "rejected"], "properties": {
    "accepted": {"type": "integer"},
    "ignored": {"type": "integer"},
    "rejected": {"type": "integer"}}},
  "Ready": {"type": "object", "required": ["ready"], "properties": {
    "ready": {"type": "boolean"}}},
  "Document": {"type": "object"},
  "Row": {"type": "object",
          "description": "The subject's column, every metric, and either `date` or `slot`."},
  "Batch": {"type": "object", "required": ["rows"], "properties": {
    "batch_key": {"type": "string"},
    "feed": {"type": "string"},
    "covers": {"type": "string"},
    "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}}},
  "Note": {"type": "object", "required": ["reason"], "properties": {
    "reason": {"type": "string"}, "by": {"type": "string"}}},
  "Problem": {"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
    "type": {"type": "string"},
    "title": {"type": "string"},
    "status": {"type": "integer"},
    "detail": {"type": "string"},
    "field": {"type": "string"},
    "value": {"type": "string"},
    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}}}},
  "Fault": {"type": "object", "properties": {
    "line": {"type": "integer"}, "reason": {"type": "string"}, "text": {"type": "string"}}}
})";

Json reference(std::string_view schema) {
    return {{"$ref", fmt::format("#/components/schemas/{}", schema)}};
}

Json schema_of(ParameterKind kind) {
    switch (kind) {
        case ParameterKind::day:
            return {{"type", "string"}, {"format", "date"}};
        case ParameterKind::whole_number:
            return {{"type", "integer"}};
        case ParameterKind::flag:
            return {{"type", "boolean"}};
        case ParameterKind::texts:
        case ParameterKind::list:
            return {{"type", "array"}, {"items", {{"type", "string"}}}};
        case ParameterKind::text:
            break;
    }
    return {{"type", "string"}};
}

Json parameter_json(const Parameter& parameter) {
    Json described = {{"name", parameter.name},
                      {"in", "query"},
                      {"required", parameter.required},
                      {"description", parameter.meaning},
                      {"schema", schema_of(parameter.kind)}};
    if (parameter.kind == ParameterKind::list || parameter.kind == ParameterKind::texts) {
        described["explode"] = parameter.kind == ParameterKind::texts;
    }
    return described;
}

// The {names} of a path.
Json path_parameters(std::string_view path) {
    Json parameters = Json::array();
    for (std::size_t open = path.find('{'); open != std::string_view::npos;
         open = path.find('{', open + 1)) {
        const std::size_t close = path.find('}', open);
        parameters.push_back({{"name", path.substr(open + 1, close - open - 1)},
                              {"in", "path"},
                              {"required", true},
                              {"schema", {{"type", "string"}}}});
    }
    return parameters;
}

Json content(std::string_view media_type, Json schema) {
    Json types;
    types[std::string(media_type)] = {{"schema", std::move(schema)}};
    return types;
}

Json answer_of(const Route& route) {
    if (route.answer.empty()) {
        const char* const text = route.endpoint == get_changes ? "text/event-stream" : "text/plain";
        return content(text, {{"type", "string"}});
    }
    return route.answer == "Pixel" ? content("image/gif", Json::object())
                                   : content("application/json", reference(route.answer));
}

Json responses_of(const Route& route) {
    const Json body = answer_of(route);
    Json responses;
    responses["200"] = {{"description", "done"}, {"content", body}};
    if (route.endpoint == post_batch || route.endpoint == post_events ||
        route.endpoint == post_cloud_events) {
        responses["201"] = {{"description", "stored, after the commit"}, {"content", body}};
    }
    if (route.group_endpoint == get_usage) {
        for (const char* media_type : {"text/csv", "application/x-ndjson"}) {
            responses["200"]["content"][media_type] = {{"schema", {{"type", "string"}}}};
        }
        responses["200"]["headers"]["Link"] = {
            {"description",
             "the next page, rel=\"next\", where `limit` was asked for and there is one"},
            {"schema", {{"type", "string"}}}};
        responses["304"] = {{"description", "as it was under this entity tag"}};
    }
    responses["default"] = {{"description", "refused, or failed"},
                            {"content", content("application/problem+json", reference("Problem"))}};
    return responses;
}

Json request_body_of(const Route& route) {
    if (route.endpoint == nullptr) {
        return {{"required", false}, {"content", content("text/plain", {{"type", "string"}})}};
    }
    if (route.endpoint == post_cloud_events) {
        Json types = content("application/cloudevents+json", reference("CloudEvent"));
        types["application/cloudevents-batch+json"] = {{"schema", reference("CloudEventList")}};
        types["application/json"] = {
            {"schema", {{"description", "the data; the attributes are header fields, ce-id ..."}}}};
        return {{"required", true}, {"content", std::move(types)}};
    }
    if (route.endpoint != post_batch && route.endpoint != post_events) {
        return {{"required", true}, {"content", content("application/json", reference("Note"))}};
    }
    const bool rows = route.endpoint == post_batch;
    Json types = content("application/json", reference(rows ? "Batch" : "EventList"));
    types["application/x-ndjson"] = {{"schema", reference(rows ? "Row" : "Event")}};
    types["text/csv"] = {{"schema", {{"type", "string"}}}};
    return {{"required", true}, {"content", std::move(types)}};
}

Json operation_of(const Route& route) {
    Json parameters = path_parameters(route.path);
    for (const Parameter& parameter : route.parameters) {
        parameters.push_back(parameter_json(parameter));
    }
    Json operation = {{"summary", route.summary},
                      {"parameters", std::move(parameters)},
                      {"responses", responses_of(route)}};
    if (route.scope.has_value()) {
        operation["security"] = {{{"key", {to_string(*route.scope)}}}};
    }
    if (route.body_bytes_max > 0) {
        operation["requestBody"] = request_body_of(route);
    }
    return operation;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char character) {
        return static_cast<char>(character - 'A' + 'a');
    });
    return result;
}

}  // namespace

Result<http::Response> get_openapi(const Call& call) {
    QueryReader reader(call);
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    Json paths;
    for (const Route& route : routes()) {
        paths[std::string(route.path)][lower(route.method)] = operation_of(route);
    }
    const Json document = {
        {"openapi", "3.1.0"},
        {"info",
         {{"title", "Tidemark"},
          {"version", "1"},
          {"description", "Usage per subject, exact at every instant."}}},
        {"paths", std::move(paths)},
        {"components",
         {{"securitySchemes", {{"key", {{"type", "http"}, {"scheme", "bearer"}}}}},
          {"schemas", Json::parse(schemas)}}}};
    return json_response(200, document.dump(2) + "\n");
}

}  // namespace tidemark
