#pragma once
// Endpoint: what answers the requests of one route.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/dataset.h"
#include "http/message.h"
#include "http/problem.h"
#include "serve/backend.h"
#include "serve/cloud_events.h"
#include "serve/metrics.h"

namespace tidemark {

class Access;
class ChangeFeed;
class PingCollector;
struct Route;

// What all endpoints know. Immutable; safe from several threads.
struct Setting {
    std::vector<Dataset> datasets;  // those that are configured
    const Clock& clock;
    std::int64_t run_id = 0;               // of the service itself: /readyz writes its heartbeat
    std::string spool_directory = "/tmp";  // of what does not fit into memory
    std::vector<CloudEventMapping> cloud_events{};
    PingCollector* pings = nullptr;  // null: none are collected
};

// One request of a route.
struct Call {
    const http::Request& request;
    const Route& route;
    const std::vector<std::string>& captures;  // what stood for the path's {names}, in order
    Backend& backend;
    const Setting& setting;
    const Access& access;
    ServiceMetrics& metrics;
    ChangeFeed& changes;
    const ServiceLoad load{};  // when the endpoint was called
};

// An Error is answered as problem_of() says.
using Endpoint = Result<http::Response> (*)(const Call& call);

// Answers the call at that place, which may not be looked at afterwards: who asked is gone.
using GroupAnswer = std::function<void(std::size_t place, Result<http::Response> answer)>;

// Several calls of one route that were gathered, answered in one go: each once, as soon as its
// answer is there.
using GroupEndpoint = void (*)(std::span<const Call> calls, const GroupAnswer& answer);

// Calls of the same name are gathered.
using GroupName = std::string (*)(const http::Target& target);

// The configured dataset, or the problem that names the field.
Result<Dataset> find_dataset(const Setting& setting, std::string_view name);

// JSON that is not to be kept by those between.
http::Response json_response(int status, std::string body);

// Where each is documented: docs/http_api.md.
Result<http::Response> get_changes(const Call& call);
Result<http::Response> get_datasets(const Call& call);
void get_usage(std::span<const Call> calls, const GroupAnswer& answer);
std::string usage_group(const http::Target& target);
Result<http::Response> get_sources(const Call& call);
Result<http::Response> get_runs(const Call& call);
Result<http::Response> get_batches(const Call& call);
Result<http::Response> get_rejected(const Call& call);
Result<http::Response> get_readiness(const Call& call);
Result<http::Response> get_openapi(const Call& call);
Result<http::Response> get_metrics(const Call& call);
Result<http::Response> post_batch(const Call& call);
Result<http::Response> post_events(const Call& call);
Result<http::Response> post_cloud_events(const Call& call);
Result<http::Response> post_void(const Call& call);

}  // namespace tidemark
