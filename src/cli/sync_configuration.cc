#include "cli/sync_configuration.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/duration.h"
#include "sync/postgres_tables/postgres_tables_getter.h"
#include "sync/redis/redis_connection.h"
#include "toml/toml_reader.h"

namespace tidemark {

namespace {

void read_time(TomlReader& reader, std::string_view key, std::chrono::seconds& target) {
    std::string text;
    reader.read(key, text);
    if (text.empty()) {
        return;
    }
    const Result<std::chrono::milliseconds> parsed = parse_duration(text);
    if (!parsed.has_value()) {
        reader.refuse(key, parsed.error());
    } else if (*parsed % std::chrono::seconds(1) != std::chrono::seconds(0)) {
        reader.refuse(key, Error{ErrorKind::invalid_input, "expected whole seconds"});
    } else {
        target = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
    }
}

template <typename T>
void read_checked(TomlReader& reader,
                  std::string_view key,
                  T& target,
                  Result<T> (*parse)(std::string_view)) {
    std::string text;
    reader.read(key, text);
    if (text.empty()) {
        return;
    }
    if (const Result<T> parsed = parse(text); parsed.has_value()) {
        target = *parsed;
    } else {
        reader.refuse(key, parsed.error());
    }
}

void read_dataset(TomlReader& reader, SyncDatasetConfiguration& dataset) {
    DatasetSyncConfig& config = dataset.synced.config;
    std::optional<UtcDay> origin;
    std::string text;
    reader.read("origin", text);
    if (!text.empty()) {
        if (const Result<UtcDay> parsed = UtcDay::parse(text); parsed.has_value()) {
            config.origin = *parsed;
            dataset.synced.origin_configured = true;
        } else {
            reader.refuse("origin", parsed.error());
        }
    }
    reader.read("required", config.required);
    reader.read("excluded", config.excluded);
    std::vector<std::string> feeds;
    reader.read("feeds", feeds);
    if (!feeds.empty()) {
        dataset.feeds = feeds;
        dataset.feeds_are_all = true;
    }
    read_time(reader, "expected_delay", config.expected_delay);
    read_time(reader, "warn_after", config.warn_after);
    read_time(reader, "error_after", config.error_after);
    read_time(reader, "lateness", config.lateness);
    read_time(reader, "settle", config.settle);
    read_time(reader, "skew_tolerance", config.skew_tolerance);
}

Result<TableGrain> parse_grain(std::string_view text) {
    if (text == "slot" || text == "day") {
        return text == "slot" ? TableGrain::slot : TableGrain::day;
    }
    return Error{ErrorKind::invalid_input, fmt::format("grain '{}': expected slot or day", text)};
}

Result<TableSource> read_source(const toml::table& table,
                                const std::string& file,
                                const std::string& name) {
    TomlReader reader(table, file, "source." + name);
    TableSource source{.name = name, .url = {}, .dataset = {}, .table = {}, .time_column = {}};
    reader.read("url", source.url);
    reader.read("dataset", source.dataset);
    reader.read("schema", source.schema);
    reader.read("table", source.table);
    reader.read("time_column", source.time_column);
    read_checked(reader, "grain", source.grain, parse_grain);
    reader.read("time_zone", source.time_zone);
    read_checked(reader, "repeated_times", source.local_times.repeated, parse_repeated_time);
    read_checked(reader, "skipped_times", source.local_times.skipped, parse_skipped_time);
    read_checked(reader, "local_days", source.local_times.days, parse_local_day_rule);
    reader.read("time_format", source.time_format);
    reader.read("filter_column", source.filter_column);
    reader.read("filter_value", source.filter_value);
    reader.read("feed", source.feed);
    std::chrono::seconds settle(-1);
    read_time(reader, "settle", settle);
    if (settle.count() >= 0) {
        source.settle = settle;
    }
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    if (Result<void> checked = check_source(source); !checked.has_value()) {
        return with_context(fmt::format("{}:{}: source.{}", file, table.source().begin.line, name),
                            std::move(checked).error());
    }
    return source;
}

Result<void> read_sources(const toml::table* sources,
                          const std::string& file,
                          SyncConfiguration& sync) {
    if (sources == nullptr) {
        return {};
    }
    TomlReader reader(*sources, file, "source");
    for (const auto& [key, node] : *sources) {
        const toml::table* table = reader.find_table(key.str());
        if (table == nullptr) {
            return reader.finish();
        }
        TIDEMARK_ASSIGN_OR_RETURN(TableSource source,
                                  read_source(*table, file, std::string(key.str())));
        sync.datasets.try_emplace(
            source.dataset,
            SyncDatasetConfiguration{
                .synced = {.config = {.origin = UtcDay::from_days_since_epoch(0)}}, .feeds = {}});
        sync.sources.emplace(source.name, std::move(source));
    }
    return {};
}

Result<void> read_sync(const toml::table& table, const std::string& file, SyncConfiguration& sync) {
    TomlReader reader(table, file, "sync");
    read_time(reader, "every", sync.every);
    if (sync.every.count() < 1) {
        reader.refuse("every", Error{ErrorKind::invalid_input, "expected at least 1s"});
    }
    reader.read("redis", sync.redis_url);
    if (!sync.redis_url.empty()) {
        if (const auto address = redis::Address::parse(sync.redis_url); !address.has_value()) {
            reader.refuse("redis", address.error());
        }
    }
    reader.read("redis_prefix", sync.redis_prefix);
    reader.read("redis_ca_file", sync.redis_ca_file);
    for (auto& [name, dataset] : sync.datasets) {
        if (const toml::table* own = reader.find_table(name); own != nullptr) {
            TomlReader own_reader(*own, file, "sync." + name);
            read_dataset(own_reader, dataset);
            TIDEMARK_RETURN_IF_ERROR(own_reader.finish());
        }
    }
    return reader.finish();
}

std::string text_of(const SyncedDataset& synced) {
    return synced.origin_configured ? synced.config.origin.to_string() : "";
}

toml::array list_of(const std::vector<std::string>& texts) {
    toml::array list;
    for (const std::string& text : texts) {
        list.push_back(text);
    }
    return list;
}

}  // namespace

bool SyncConfiguration::is_foreign(const std::string& dataset) const {
    return std::ranges::any_of(
        sources, [&](const auto& source) { return source.second.dataset == dataset; });
}

Result<SyncConfiguration> read_sync_configuration(
    const toml::table* sync,
    const toml::table* sources,
    const std::string& file,
    const std::vector<Dataset>& datasets,
    const std::map<std::string, std::vector<std::string>>& feeds_by_dataset) {
    SyncConfiguration configuration;
    for (const Dataset& dataset : datasets) {
        SyncDatasetConfiguration entry{
            .synced = {.config = {.kind = dataset.kind(),
                                  .origin = UtcDay::from_days_since_epoch(0),
                                  .required = dataset.name() != "media_storage"}},
            .feeds = {}};
        if (const auto feeds = feeds_by_dataset.find(dataset.name());
            feeds != feeds_by_dataset.end()) {
            entry.feeds = feeds->second;
        }
        configuration.datasets.emplace(dataset.name(), std::move(entry));
    }
    TIDEMARK_RETURN_IF_ERROR(read_sources(sources, file, configuration));
    if (sync != nullptr) {
        TIDEMARK_RETURN_IF_ERROR(read_sync(*sync, file, configuration));
    }
    return configuration;
}

toml::table sync_table(const SyncConfiguration& sync) {
    toml::table table{{"every", to_string(std::chrono::milliseconds(sync.every))},
                      {"redis", sync.redis_url},
                      {"redis_prefix", sync.redis_prefix},
                      {"redis_ca_file", sync.redis_ca_file}};
    for (const auto& [name, dataset] : sync.datasets) {
        const DatasetSyncConfig& config = dataset.synced.config;
        table.insert(
            name,
            toml::table{
                {"origin", text_of(dataset.synced)},
                {"required", config.required},
                {"excluded", config.excluded},
                {"feeds",
                 list_of(dataset.feeds_are_all ? dataset.feeds : std::vector<std::string>())},
                {"expected_delay", to_string(std::chrono::milliseconds(config.expected_delay))},
                {"warn_after", to_string(std::chrono::milliseconds(config.warn_after))},
                {"error_after", to_string(std::chrono::milliseconds(config.error_after))},
                {"lateness", to_string(std::chrono::milliseconds(config.lateness))},
                {"settle", to_string(std::chrono::milliseconds(config.settle))},
                {"skew_tolerance", to_string(std::chrono::milliseconds(config.skew_tolerance))}});
    }
    return table;
}

toml::table source_table(const SyncConfiguration& sync) {
    toml::table table;
    for (const auto& [name, source] : sync.sources) {
        table.insert(name,
                     toml::table{{"url", source.url},
                                 {"dataset", source.dataset},
                                 {"schema", source.schema},
                                 {"table", source.table},
                                 {"time_column", source.time_column},
                                 {"grain", source.grain == TableGrain::slot ? "slot" : "day"},
                                 {"time_zone", source.time_zone},
                                 {"repeated_times", to_string(source.local_times.repeated)},
                                 {"skipped_times", to_string(source.local_times.skipped)},
                                 {"local_days", to_string(source.local_times.days)},
                                 {"time_format", source.time_format},
                                 {"filter_column", source.filter_column},
                                 {"filter_value", source.filter_value},
                                 {"feed", source.feed},
                                 {"settle",
                                  source.settle.has_value()
                                      ? to_string(std::chrono::milliseconds(*source.settle))
                                      : ""}});
    }
    return table;
}

}  // namespace tidemark
