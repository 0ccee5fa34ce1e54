#include "serve/endpoint.h"

#include <utility>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "serve/query_reader.h"

namespace tidemark {

Result<Dataset> find_dataset(const Setting& setting, std::string_view name) {
    std::vector<std::string_view> names;
    for (const Dataset& dataset : setting.datasets) {
        if (dataset.name() == name) {
            return dataset;
        }
        names.push_back(dataset.name());
    }
    return Error{ErrorKind::not_found,
                 fmt::format("dataset '{}': not declared{}", name, did_you_mean(name, names))};
}

http::Response json_response(int status, std::string body) {
    http::Response response = http::text_response(status, "application/json", std::move(body));
    response.fields.set("Cache-Control", "private, no-cache");
    return response;
}

// A beat of the service's own run is a write that is committed, and changes nothing else.
Result<http::Response> get_readiness(const Call& call) {
    QueryReader reader(call);
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    const Result<void> written = call.backend.store().heartbeat_run(call.setting.run_id);
    if (!written.has_value()) {
        return http::to_response(
            {.status = 503, .detail = "the store takes no writes: " + written.error().message});
    }
    return json_response(200, "{\"ready\": true}\n");
}

}  // namespace tidemark
