#pragma once
// What `serve` takes in: [pings], [cloudevents.TYPE], and of a feed the folder that is watched.

#include <chrono>
#include <string>
#include <vector>

#include <toml++/toml.h>

#include "base/result.h"
#include "domain/dataset.h"
#include "serve/cloud_events.h"
#include "toml/toml_reader.h"
#include "worker/folder_watch.h"

namespace tidemark {

// [pings]: the collector.
struct PingsConfiguration {
    std::string journal;                      // a folder; empty: none are collected
    std::string feed = "pings";               // of a feed that is configured, its rules too
    std::chrono::milliseconds every{60'000};  // how long they wait at most for their batch
};

// A table that may be null.
Result<PingsConfiguration> read_pings(const toml::table* table, const std::string& file);

// watch, watch_every, watch_settle and watch_ignore of a feed.
void read_watch(TomlReader& feed, WatchRules& watch);
void add_watch(const WatchRules& watch, toml::table& feed);

// The tables under `root`'s key `cloudevents`, which may be null, by type.
Result<std::vector<CloudEventMapping>> read_cloud_events(const toml::table* tables,
                                                         const std::string& file,
                                                         const std::vector<Dataset>& datasets);
toml::table cloud_events_table(const std::vector<CloudEventMapping>& mappings);

// What to_toml() prints for it.
toml::table pings_table(const PingsConfiguration& pings);

}  // namespace tidemark
