#include "cli/threshold_configuration.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/nearest_name.h"

namespace tidemark {

namespace {

constexpr std::size_t secret_bytes_min = 16;

Error wrong(std::string message) {
    return {ErrorKind::invalid_input, std::move(message)};
}

template <typename Names>
std::string meant(const std::string& name, const Names& names) {
    const std::vector<std::string_view> known(names.begin(), names.end());
    return did_you_mean(name, known);
}

// The dataset that the table names; nothing, noted in the reader, when there is none.
const Dataset* read_dataset(TomlReader& reader, const std::vector<Dataset>& datasets) {
    std::string name;
    reader.read("dataset", name);
    const auto found = std::ranges::find(datasets, name, &Dataset::name);
    if (found == datasets.end()) {
        std::vector<std::string> names;
        for (const Dataset& dataset : datasets) {
            names.push_back(dataset.name());
        }
        reader.refuse("dataset",
                      wrong(fmt::format("dataset '{}': not declared{}", name, meant(name, names))));
        return nullptr;
    }
    return &*found;
}

void read_words(TomlReader& reader, ThresholdConfiguration& read) {
    Threshold& threshold = read.threshold;
    reader.read("name", threshold.name);
    if (threshold.name.empty()) {
        reader.refuse("name", wrong("must be given: events are remembered by it"));
    }
    reader.read("metric", threshold.metric);
    if (!threshold.dataset.find_metric(threshold.metric).has_value()) {
        reader.refuse("metric",
                      wrong(fmt::format("metric '{}': dataset '{}' has no such metric{}",
                                        threshold.metric,
                                        threshold.dataset.name(),
                                        meant(threshold.metric, threshold.dataset.metrics()))));
    }
    if (reader.has("subject")) {
        reader.read("subject", threshold.subject.emplace());
    }
    std::string window(to_string(threshold.window));
    reader.read("window", window);
    if (const auto parsed = parse_threshold_window(window); parsed.has_value()) {
        threshold.window = *parsed;
    } else {
        reader.refuse("window", parsed.error());
    }
    reader.read("at_least", threshold.at_least, 1, std::numeric_limits<std::int64_t>::max());
    if (threshold.at_least == 0) {
        reader.refuse("at_least", wrong("must be given, as a whole number above 0"));
    }
}

void read_webhook(TomlReader& reader, ThresholdConfiguration& read) {
    reader.read("url", read.url);
    if (Result<http::Url> url = http::parse_url(read.url); url.has_value()) {
        read.threshold.webhook.url = *std::move(url);
    } else {
        reader.refuse("url", url.error());
    }
    reader.read("secret_file", read.secret_file);
    if (read.secret_file.empty()) {
        reader.refuse("secret_file",
                      wrong("must be given: messages are signed with what it holds"));
    }
}

}  // namespace

std::vector<ThresholdConfiguration> read_thresholds(TomlReader& root,
                                                    const std::string& file,
                                                    const std::vector<Dataset>& datasets) {
    std::vector<ThresholdConfiguration> all;
    for (const toml::table* table : root.find_tables("threshold")) {
        TomlReader reader(*table, file, "threshold");
        if (const Dataset* dataset = read_dataset(reader, datasets); dataset != nullptr) {
            ThresholdConfiguration read{
                .threshold = {.name = {}, .dataset = *dataset, .metric = {}, .webhook = {}},
                .url = {},
                .secret_file = {}};
            read_words(reader, read);
            read_webhook(reader, read);
            const bool twice = std::ranges::any_of(all, [&](const ThresholdConfiguration& other) {
                return other.threshold.name == read.threshold.name;
            });
            if (twice) {
                reader.refuse("name",
                              wrong(fmt::format("'{}' is given twice", read.threshold.name)));
            }
            all.push_back(std::move(read));
        }
        if (const Result<void> finished = reader.finish(); !finished.has_value()) {
            root.pass_on(finished.error());
            return all;
        }
    }
    return all;
}

Result<std::vector<Threshold>> load_thresholds(const std::vector<ThresholdConfiguration>& all) {
    std::vector<Threshold> loaded;
    for (const ThresholdConfiguration& each : all) {
        std::ifstream stream(each.secret_file, std::ios::binary);
        std::string secret{std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>()};
        secret.erase(secret.find_last_not_of(" \t\r\n") + 1);
        if (secret.size() < secret_bytes_min) {
            return wrong(
                fmt::format("threshold '{}': secret_file '{}' cannot be read, or has less "
                            "than {} bytes; as made by: openssl rand -hex 32",
                            each.threshold.name,
                            each.secret_file,
                            secret_bytes_min));
        }
        loaded.push_back(each.threshold);
        loaded.back().webhook.secret = std::move(secret);
    }
    return loaded;
}

toml::array threshold_tables(const std::vector<ThresholdConfiguration>& all) {
    toml::array tables;
    for (const ThresholdConfiguration& each : all) {
        const Threshold& threshold = each.threshold;
        toml::table table{{"name", threshold.name},
                          {"dataset", threshold.dataset.name()},
                          {"metric", threshold.metric},
                          {"window", std::string(to_string(threshold.window))},
                          {"at_least", threshold.at_least},
                          {"url", each.url},
                          {"secret_file", each.secret_file}};
        if (threshold.subject.has_value()) {
            table.insert("subject", *threshold.subject);
        }
        tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace tidemark
