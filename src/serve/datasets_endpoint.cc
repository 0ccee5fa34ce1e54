// GET /v1/datasets: what may be asked for and sent.

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/gauge_report.h"
#include "report/instant_text.h"
#include "serve/access.h"
#include "serve/endpoint.h"
#include "serve/query_reader.h"

namespace tidemark {

namespace {

nlohmann::ordered_json to_json(const Dataset& dataset) {
    const bool gauge = dataset.kind() == DatasetKind::gauge;
    return {{"name", dataset.name()},
            {"kind", to_string(dataset.kind())},
            {"subject", dataset.subject()},
            {"metrics", dataset.metrics()},
            {"columns", gauge ? gauge_columns(dataset) : dataset.metrics()}};
}

}  // namespace

Result<http::Response> get_datasets(const Call& call) {
    QueryReader reader(call);
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    nlohmann::ordered_json datasets = nlohmann::ordered_json::array();
    for (const Dataset& dataset : call.setting.datasets) {
        if (call.access.may_use_dataset(dataset.name())) {
            datasets.push_back(to_json(dataset));
        }
    }
    const nlohmann::ordered_json document = {{"now", instant_text(call.setting.clock.now())},
                                             {"datasets", std::move(datasets)}};
    return json_response(200, document.dump(2) + "\n");
}

}  // namespace tidemark
