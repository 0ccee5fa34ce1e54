#include "sync/snapshot_json.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sync/json_object.h"

namespace tidemark {

namespace {

using Json = nlohmann::ordered_json;
using std::chrono::sys_seconds;

Json json_of(const std::optional<sys_seconds>& instant) {
    return instant.has_value() ? Json(instant_text(*instant)) : Json();
}

Json json_of(const std::vector<TimeRange>& ranges) {
    Json list = Json::array();
    for (const TimeRange& range : ranges) {
        list.push_back(Json::array({instant_text(range.from), instant_text(range.to)}));
    }
    return list;
}

Json json_of(const std::vector<CoverRange>& cover) {
    Json list = Json::array();
    for (const CoverRange& each : cover) {
        list.push_back(Json::array({instant_text(each.range.from),
                                    instant_text(each.range.to),
                                    std::string(to_string(each.owner))}));
    }
    return list;
}

Json json_of(const std::vector<UtcDay>& days) {
    Json list = Json::array();
    for (const UtcDay day : days) {
        list.push_back(day.to_string());
    }
    return list;
}

// Leaves the field out where there is no value.
template <typename T>
void put(Json& object, const char* key, const std::optional<T>& value) {
    if (value.has_value()) {
        if constexpr (std::is_arithmetic_v<T>) {
            object[key] = *value;
        } else if constexpr (std::is_same_v<T, UtcDay>) {
            object[key] = value->to_string();
        } else {
            object[key] = json_of(*value);
        }
    }
}

Json json_of(const DatasetSnapshot& dataset) {
    Json object = {{"kind", to_string(dataset.kind)},
                   {"required", dataset.required},
                   {"excluded", dataset.excluded}};
    put(object, "origin", dataset.origin);
    object["status"] = to_string(dataset.status);
    object["carried"] = dataset.carried;
    if (!dataset.error.empty()) {
        object["error"] = dataset.error;
    }
    object["seam"] = json_of(dataset.seam);
    object["synced_through"] = json_of(dataset.synced_through);
    object["stable_through"] = json_of(dataset.stable_through);
    object["seen_through"] = json_of(dataset.seen_through);
    put(object, "gaps", dataset.gaps);
    put(object, "pending", dataset.pending);
    put(object, "irregular", dataset.irregular);
    put(object, "quarantined", dataset.quarantined);
    put(object, "premature_seals", dataset.premature_seals);
    put(object, "overlap_s", dataset.overlap_s);
    put(object, "cover", dataset.cover);
    put(object, "holes", dataset.holes);
    put(object, "open_day", dataset.open_day);
    if (!dataset.dirty.empty()) {
        object["dirty"] = json_of(dataset.dirty);
    }
    object["batch_latest"] = json_of(dataset.batch_latest);
    object["daily_latest"] = json_of(dataset.daily_latest);
    object["observed_at"] = json_of(dataset.observed_at);
    object["due_at"] = json_of(dataset.due_at);
    if (!dataset.waiting_for.empty()) {
        object["waiting_for"] = dataset.waiting_for;
    }
    object["inferred"] = dataset.inferred;
    return object;
}

Json json_of(const Snapshot& snapshot, const std::map<std::string, std::string>& why) {
    Json datasets = Json::object();
    for (const auto& [name, dataset] : snapshot.datasets) {
        datasets[name] = json_of(dataset);
        if (const auto sentence = why.find(name); sentence != why.end()) {
            datasets[name]["why"] = sentence->second;
        }
    }
    const OverallSnapshot& overall = snapshot.overall;
    return {{"now", instant_text(snapshot.now)},
            {"generation", snapshot.generation},
            {"datasets", std::move(datasets)},
            {"overall",
             {{"synced_through", json_of(overall.synced_through)},
              {"stable_through", json_of(overall.stable_through)},
              {"status", to_string(overall.status)},
              {"holding", overall.holding},
              {"excluded", overall.excluded},
              {"partial", overall.partial}}}};
}

// Names are bytes; what is not UTF-8 is replaced rather than refused.
std::string dumped(const Json& json, int indent) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

template <typename T, typename Parse>
void read_name(JsonObject& object, std::string_view key, T& target, Parse parse) {
    std::string text;
    object.read(key, text);
    if (!text.empty()) {
        if (const auto parsed = parse(text); parsed.has_value()) {
            target = *parsed;
        } else {
            object.refuse(key, parsed.error().message);
        }
    }
}

void read_cover(JsonObject& object, std::optional<std::vector<CoverRange>>& target) {
    const nlohmann::json* list = object.find("cover");
    if (list == nullptr) {
        return;
    }
    target.emplace();
    for (const nlohmann::json& each : *list) {
        const bool triple = each.is_array() && each.size() == 3 && each[0].is_string() &&
                            each[1].is_string() && each[2].is_string();
        const Error wrong{ErrorKind::invalid_input, ""};
        const auto from = triple ? parse_instant(each[0].get<std::string>()) : wrong;
        const auto to = triple ? parse_instant(each[1].get<std::string>()) : wrong;
        const auto owner = triple ? parse_cover_owner(each[2].get<std::string>()) : wrong;
        if (!from.has_value() || !to.has_value() || !owner.has_value()) {
            object.refuse("cover", "expected [\"FROM\", \"TO\", \"daily\" | \"batch\" | \"none\"]");
            return;
        }
        target->push_back({{*from, *to}, *owner});
    }
}

Result<DatasetSnapshot> read_dataset(const nlohmann::json& value, std::string path) {
    JsonObject object(value, std::move(path));
    DatasetSnapshot dataset;
    read_name(object, "kind", dataset.kind, parse_dataset_kind);
    object.read("required", dataset.required);
    object.read("excluded", dataset.excluded);
    object.read("origin", dataset.origin);
    read_name(object, "status", dataset.status, parse_sync_status);
    object.read("carried", dataset.carried);
    object.read("error", dataset.error);
    object.read("seam", dataset.seam);
    object.read("synced_through", dataset.synced_through);
    object.read("stable_through", dataset.stable_through);
    object.read("seen_through", dataset.seen_through);
    object.read("gaps", dataset.gaps);
    object.read("pending", dataset.pending);
    object.read("irregular", dataset.irregular);
    object.read("quarantined", dataset.quarantined);
    object.read("premature_seals", dataset.premature_seals);
    object.read("overlap_s", dataset.overlap_s);
    read_cover(object, dataset.cover);
    object.read("holes", dataset.holes);
    object.read("open_day", dataset.open_day);
    object.read("dirty", dataset.dirty);
    object.read("batch_latest", dataset.batch_latest);
    object.read("daily_latest", dataset.daily_latest);
    object.read("observed_at", dataset.observed_at);
    object.read("due_at", dataset.due_at);
    object.read("waiting_for", dataset.waiting_for);
    object.read("inferred", dataset.inferred);
    TIDEMARK_RETURN_IF_ERROR(object.finish(JsonObject::Unknown::ignored));
    return dataset;
}

Result<OverallSnapshot> read_overall(const nlohmann::json& value, std::string path) {
    JsonObject object(value, std::move(path));
    OverallSnapshot overall;
    object.read("synced_through", overall.synced_through);
    object.read("stable_through", overall.stable_through);
    read_name(object, "status", overall.status, parse_sync_status);
    object.read("holding", overall.holding);
    object.read("excluded", overall.excluded);
    object.read("partial", overall.partial);
    TIDEMARK_RETURN_IF_ERROR(object.finish(JsonObject::Unknown::ignored));
    return overall;
}

}  // namespace

std::string snapshot_json(const Snapshot& snapshot) {
    return dumped(json_of(snapshot, {}), -1);
}

std::string readable_snapshot_json(const Snapshot& snapshot,
                                   const std::map<std::string, std::string>& why) {
    return dumped(json_of(snapshot, why), 2) + "\n";
}

Result<Snapshot> parse_snapshot(std::string_view text) {
    TIDEMARK_ASSIGN_OR_RETURN(const nlohmann::json value, parse_json(text, "snapshot"));
    return snapshot_of(value, "");
}

Result<Snapshot> snapshot_of(const nlohmann::json& value, std::string path) {
    JsonObject object(value, std::move(path));
    Snapshot snapshot;
    object.require("now");
    object.read("now", snapshot.now);
    object.read("generation", snapshot.generation);
    if (const nlohmann::json* datasets = object.find("datasets"); datasets != nullptr) {
        JsonObject entries(*datasets, object.path_of("datasets"));
        TIDEMARK_RETURN_IF_ERROR(entries.finish(JsonObject::Unknown::ignored));
        for (const auto& [name, entry] : datasets->items()) {
            TIDEMARK_ASSIGN_OR_RETURN(DatasetSnapshot dataset,
                                      read_dataset(entry, entries.path_of(name)));
            snapshot.datasets.emplace(name, std::move(dataset));
        }
    }
    if (const nlohmann::json* overall = object.find("overall"); overall != nullptr) {
        TIDEMARK_ASSIGN_OR_RETURN(snapshot.overall,
                                  read_overall(*overall, object.path_of("overall")));
    }
    TIDEMARK_RETURN_IF_ERROR(object.finish(JsonObject::Unknown::ignored));
    return snapshot;
}

}  // namespace tidemark
