#include "sync/sync_input_json.h"

#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sync/json_object.h"
#include "sync/snapshot_json.h"

namespace tidemark {

namespace {

using nlohmann::json;

Result<DatasetSyncConfig> read_config(const json& value, std::string path) {
    JsonObject object(value, std::move(path));
    DatasetSyncConfig config{.origin = UtcDay::from_days_since_epoch(0)};
    std::string kind;
    object.require("kind");
    object.read("kind", kind);
    if (const Result<DatasetKind> parsed = parse_dataset_kind(kind); parsed.has_value()) {
        config.kind = *parsed;
    } else {
        object.refuse("kind", parsed.error().message);
    }
    object.require("origin");
    object.read("origin", config.origin);
    object.read("required", config.required);
    object.read("excluded", config.excluded);
    object.read("expected_delay", config.expected_delay);
    object.read("warn_after", config.warn_after);
    object.read("error_after", config.error_after);
    object.read("lateness", config.lateness);
    object.read("settle", config.settle);
    object.read("skew_tolerance", config.skew_tolerance);
    TIDEMARK_RETURN_IF_ERROR(object.finish());
    return config;
}

Result<CounterObservation> read_counter(JsonObject& object) {
    CounterObservation counter;
    if (const json* feeds = object.find("feeds"); feeds != nullptr) {
        JsonObject by_name(*feeds, object.path_of("feeds"));
        for (const auto& [feed, ranges] : feeds->items()) {
            by_name.read(feed, counter.feeds[feed]);
        }
        TIDEMARK_RETURN_IF_ERROR(by_name.finish());
    }
    object.read("sealed", counter.sealed);
    object.read("acknowledged_holes", counter.acknowledged_holes);
    object.read("dirty", counter.dirty);
    return counter;
}

Result<DatasetObservation> read_observation(const json& value, std::string path, DatasetKind kind) {
    JsonObject object(value, std::move(path));
    DatasetObservation observation;
    std::string state;
    object.require("state");
    object.read("state", state);
    if (state == "failed") {
        FailedObservation failed;
        object.read("error", failed.error);
        observation.found = std::move(failed);
    } else if (state != "ok") {
        object.refuse("state", fmt::format("'{}': expected ok or failed", state));
    } else if (kind == DatasetKind::counter) {
        TIDEMARK_ASSIGN_OR_RETURN(observation.found, read_counter(object));
    } else {
        GaugeObservation gauge;
        object.read("covered_days", gauge.covered_days);
        object.read("last_commit", gauge.last_commit);
        observation.found = std::move(gauge);
    }
    object.read("inferred", observation.inferred);
    TIDEMARK_RETURN_IF_ERROR(object.finish());
    return observation;
}

Result<void> read_datasets(JsonObject& root, SyncInput& input) {
    const json* datasets = root.find("datasets");
    if (datasets == nullptr) {
        root.refuse("datasets", "is missing");
        return root.finish();
    }
    JsonObject by_name(*datasets, "datasets");
    TIDEMARK_RETURN_IF_ERROR(by_name.finish(JsonObject::Unknown::ignored));
    for (const auto& [name, value] : datasets->items()) {
        TIDEMARK_ASSIGN_OR_RETURN(DatasetSyncConfig config,
                                  read_config(value, by_name.path_of(name)));
        input.config.datasets.emplace(name, config);
    }
    return {};
}

Result<void> read_observed(JsonObject& root, SyncInput& input) {
    const json* observed = root.find("observed");
    if (observed == nullptr) {
        return {};
    }
    JsonObject by_name(*observed, "observed");
    for (const auto& [name, config] : input.config.datasets) {
        if (const json* value = by_name.find(name); value != nullptr) {
            TIDEMARK_ASSIGN_OR_RETURN(DatasetObservation observation,
                                      read_observation(*value, by_name.path_of(name), config.kind));
            input.observed.datasets.emplace(name, std::move(observation));
        }
    }
    return by_name.finish();
}

Result<SyncInput> read_input(const json& value) {
    JsonObject root(value, "");
    SyncInput input;
    root.require("now");
    root.read("now", input.now);
    root.read("generation", input.config.generation);
    root.read("slot", input.config.slot);
    const std::int64_t slot_s = input.config.slot.count();
    if (slot_s <= 0 || 86400 % slot_s != 0) {
        root.refuse("slot", "expected a duration that divides a day without rest");
    }
    TIDEMARK_RETURN_IF_ERROR(read_datasets(root, input));
    TIDEMARK_RETURN_IF_ERROR(read_observed(root, input));
    if (const json* previous = root.find("previous"); previous != nullptr) {
        TIDEMARK_ASSIGN_OR_RETURN(input.previous, snapshot_of(*previous, "previous"));
    }
    TIDEMARK_RETURN_IF_ERROR(root.finish());
    return input;
}

}  // namespace

Result<SyncInput> parse_sync_input(std::string_view text) {
    TIDEMARK_ASSIGN_OR_RETURN(const json value, parse_json(text, "observations"));
    Result<SyncInput> input = read_input(value);
    if (!input.has_value()) {
        return with_context("observations", std::move(input).error());
    }
    return input;
}

}  // namespace tidemark
