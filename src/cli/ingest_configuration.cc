#include "cli/ingest_configuration.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/duration.h"
#include "domain/slot.h"

namespace tidemark {

Result<PingsConfiguration> read_pings(const toml::table* table, const std::string& file) {
    PingsConfiguration pings;
    if (table == nullptr) {
        return pings;
    }
    TomlReader reader(*table, file, "pings");
    reader.read("journal", pings.journal);
    reader.read("feed", pings.feed);
    reader.read(
        "every", pings.every, std::chrono::milliseconds(10), std::chrono::seconds(Slot::seconds));
    if (pings.feed.empty()) {
        reader.refuse("feed", Error{ErrorKind::invalid_input, "expected a name"});
    }
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    return pings;
}

namespace {

// `metrics = { calls = "count", tokens = "data.usage.tokens" }`: every metric of a counter, some of
// a gauge.
void read_event_metrics(TomlReader& event, const std::string& file, CloudEventMapping& mapping) {
    mapping.metrics.resize(mapping.dataset.metrics().size());
    const toml::table* table = event.find_table("metrics");
    if (table == nullptr) {
        event.refuse("metrics", Error{ErrorKind::invalid_input, "expected a table"});
        return;
    }
    TomlReader reader(*table, file, event.path() + ".metrics");
    const bool is_counter = mapping.dataset.kind() == DatasetKind::counter;
    bool any = false;
    for (std::size_t metric = 0; metric < mapping.metrics.size(); ++metric) {
        const std::string& name = mapping.dataset.metrics()[metric];
        std::string& place = mapping.metrics[metric];
        reader.read(name, place);
        any = any || !place.empty();
        if (is_counter ? place.empty() : place == "count") {
            reader.refuse(name,
                          Error{ErrorKind::invalid_input,
                                "expected a place in the event, as data.usage.tokens"});
        }
    }
    if (const Result<void> finished = reader.finish(); !finished.has_value()) {
        event.pass_on(finished.error());
    } else if (!any) {
        event.refuse("metrics", Error{ErrorKind::invalid_input, "names no metric"});
    }
}

Result<CloudEventMapping> read_cloud_event(const toml::table& table,
                                           const std::string& file,
                                           std::string_view type,
                                           const std::vector<Dataset>& datasets) {
    TomlReader reader(table, file, "cloudevents." + std::string(type));
    std::string name;
    reader.read("dataset", name);
    const auto dataset = std::ranges::find(datasets, name, &Dataset::name);
    if (dataset == datasets.end()) {
        reader.refuse("dataset", Error{ErrorKind::invalid_input, "not declared"});
        return with_context(fmt::format("dataset '{}'", name), reader.finish().error());
    }
    CloudEventMapping mapping{.type = std::string(type), .dataset = *dataset, .metrics = {}};
    reader.read("feed", mapping.feed);
    reader.read("subject", mapping.subject);
    reader.read("time", mapping.time);
    read_event_metrics(reader, file, mapping);
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    return mapping;
}

}  // namespace

Result<std::vector<CloudEventMapping>> read_cloud_events(const toml::table* tables,
                                                         const std::string& file,
                                                         const std::vector<Dataset>& datasets) {
    std::vector<CloudEventMapping> mappings;
    if (tables == nullptr) {
        return mappings;
    }
    TomlReader reader(*tables, file, "cloudevents");
    for (const auto& [key, node] : *tables) {
        const toml::table* table = reader.find_table(key.str());
        if (table == nullptr) {
            break;
        }
        TIDEMARK_ASSIGN_OR_RETURN(CloudEventMapping mapping,
                                  read_cloud_event(*table, file, key.str(), datasets));
        mappings.push_back(std::move(mapping));
    }
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    return mappings;
}

toml::table cloud_events_table(const std::vector<CloudEventMapping>& mappings) {
    toml::table tables;
    for (const CloudEventMapping& mapping : mappings) {
        toml::table metrics;
        for (std::size_t metric = 0; metric < mapping.metrics.size(); ++metric) {
            if (!mapping.metrics[metric].empty()) {
                metrics.insert(mapping.dataset.metrics()[metric], mapping.metrics[metric]);
            }
        }
        tables.insert(mapping.type,
                      toml::table{{"dataset", mapping.dataset.name()},
                                  {"feed", mapping.feed},
                                  {"subject", mapping.subject},
                                  {"time", mapping.time},
                                  {"metrics", std::move(metrics)}});
    }
    return tables;
}

void read_watch(TomlReader& feed, WatchRules& watch) {
    feed.read("watch", watch.folder);
    feed.read("watch_every", watch.every, std::chrono::milliseconds(10), std::chrono::hours(1));
    feed.read("watch_settle", watch.settle, std::chrono::milliseconds(0), std::chrono::hours(24));
    feed.read("watch_ignore", watch.ignored_endings);
}

void add_watch(const WatchRules& watch, toml::table& feed) {
    toml::array endings;
    for (const std::string& ending : watch.ignored_endings) {
        endings.push_back(ending);
    }
    feed.insert("watch", watch.folder);
    feed.insert("watch_every", to_string(watch.every));
    feed.insert("watch_settle", to_string(watch.settle));
    feed.insert("watch_ignore", std::move(endings));
}

toml::table pings_table(const PingsConfiguration& pings) {
    return toml::table{
        {"journal", pings.journal}, {"feed", pings.feed}, {"every", to_string(pings.every)}};
}

}  // namespace tidemark
