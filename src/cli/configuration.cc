#include "cli/configuration.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/duration.h"
#include "base/nearest_name.h"
#include "toml/toml_reader.h"
#include "worker/file_coverage.h"
#include "worker/poll_schedule.h"

namespace tidemark {

namespace {

constexpr std::string_view default_file = "tidemark.toml";
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

std::string joined(std::string_view path, std::string_view key) {
    return fmt::format("{}.{}", path, key);
}

Result<Dataset> read_dataset(const toml::table& table, const std::string& file, std::string name) {
    TomlReader reader(table, file, joined("dataset", name));
    DatasetDeclaration declaration{.name = std::move(name), .subject = {}, .metrics = {}};
    std::string kind(to_string(DatasetKind::counter));
    reader.read("kind", kind);
    reader.read("subject", declaration.subject);
    reader.read("metrics", declaration.metrics);
    if (const Result<DatasetKind> parsed = parse_dataset_kind(kind); parsed.has_value()) {
        declaration.kind = *parsed;
    } else {
        reader.refuse("kind", parsed.error());
    }
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    Result<Dataset> dataset = Dataset::declare(std::move(declaration));
    if (!dataset.has_value()) {
        return with_context(fmt::format("{}:{}", file, table.source().begin.line),
                            std::move(dataset).error());
    }
    return dataset;
}

Result<void> read_datasets(const toml::table* tables,
                           const std::string& file,
                           std::vector<Dataset>& datasets) {
    if (tables == nullptr) {
        return {};
    }
    TomlReader reader(*tables, file, "dataset");
    for (const auto& [key, node] : *tables) {
        const toml::table* table = reader.find_table(key.str());
        if (table == nullptr) {
            return reader.finish();
        }
        TIDEMARK_ASSIGN_OR_RETURN(Dataset dataset,
                                  read_dataset(*table, file, std::string(key.str())));
        for (const Dataset& known : datasets) {
            if (known.name() == dataset.name()) {
                reader.refuse(key.str(),
                              Error{ErrorKind::invalid_input, "a built-in dataset has this name"});
                return reader.finish();
            }
        }
        datasets.push_back(std::move(dataset));
    }
    return {};
}

// `metrics = { bytes_streamed = "bytes", requests = "count" }`: every metric of the dataset once.
void read_metric_rules(TomlReader& feed,
                       const std::string& file,
                       const Dataset& dataset,
                       std::vector<MetricRule>& rules) {
    const toml::table* table = feed.find_table("metrics");
    if (table == nullptr) {
        rules = default_metric_rules(dataset);
        return;
    }
    TomlReader reader(*table, file, joined(feed.path(), "metrics"));
    for (const std::string& metric : dataset.metrics()) {
        std::string text;
        reader.read(metric, text);
        const Result<MetricRule> rule = MetricRule::parse(text);
        if (!rule.has_value()) {
            reader.refuse(metric, rule.error());
            break;
        }
        rules.push_back(*rule);
    }
    if (const Result<void> finished = reader.finish(); !finished.has_value()) {
        feed.refuse("metrics", finished.error());
    }
}

void read_field_roles(TomlReader& feed, const std::string& file, FieldRoles& roles) {
    const toml::table* table = feed.find_table("fields");
    if (table == nullptr) {
        return;
    }
    TomlReader reader(*table, file, joined(feed.path(), "fields"));
    for (const char* role : {"time", "bytes", "status", "method", "url", "host"}) {
        std::string field;
        reader.read(role, field);
        if (!field.empty()) {
            roles[role] = field;
        }
    }
    if (const Result<void> finished = reader.finish(); !finished.has_value()) {
        feed.refuse("fields", finished.error());
    }
}

void read_event_rules(TomlReader& feed, const std::string& file, std::vector<EventRule>& rules) {
    for (const toml::table* table : feed.find_tables("events")) {
        TomlReader reader(*table, file, joined(feed.path(), "events"));
        EventRule rule;
        reader.read("event", rule.event);
        reader.read("path_part", rule.path_part);
        reader.read("parameter", rule.parameter);
        if (const Result<void> finished = reader.finish(); !finished.has_value()) {
            feed.refuse("events", finished.error());
            return;
        }
        rules.push_back(std::move(rule));
    }
}

void read_limits(TomlReader& feed, Reading& reading) {
    const auto read_size = [&](std::string_view key, auto& target) {
        auto value = static_cast<std::int64_t>(target);
        feed.read(key, value, 1, largest);
        target = static_cast<std::remove_reference_t<decltype(target)>>(value);
    };
    read_size("line_length_max", reading.line_length_max);
    read_size("expanded_bytes_max", reading.expanded_bytes_max);
    read_size("rejected_samples_max", reading.rejected_samples_max);
    read_size("days_max", reading.days_max);
    std::int64_t tolerance_s = reading.future_tolerance.count();
    feed.read("future_tolerance_s", tolerance_s, 0, 86400);
    reading.future_tolerance = std::chrono::seconds(tolerance_s);
    feed.read("accept_truncated", reading.accept_truncated);
}

void read_checked_texts(TomlReader& reader, FeedConfiguration& feed) {
    std::string subject;
    reader.read("subject", subject);
    if (const Result<SubjectRule> rule = SubjectRule::parse(subject); rule.has_value()) {
        feed.reading.subject = *rule;
    } else {
        reader.refuse("subject", rule.error());
    }
    std::string share = "100%";
    reader.read("max_rejected", share);
    if (const Result<double> parsed = parse_share(share); parsed.has_value()) {
        feed.rejected_share_max = *parsed;
    } else {
        reader.refuse("max_rejected", parsed.error());
    }
    reader.read("covers_pattern", feed.covers_pattern);
    if (!feed.covers_pattern.empty()) {
        if (const auto coverage = FileCoverage::make(feed.covers_pattern); !coverage.has_value()) {
            reader.refuse("covers_pattern", coverage.error());
        }
    }
}

Result<FeedConfiguration> read_feed(const toml::table& table,
                                    const std::string& file,
                                    std::string_view name,
                                    const Configuration& configuration) {
    TomlReader reader(table, file, joined("feed", name));
    FeedConfiguration feed;
    Reading& reading = feed.reading;
    reader.read("dataset", feed.dataset);
    reader.read("format", reading.format);
    reader.read("missing_subject", reading.missing_subject);
    reader.read("layout", reading.layout);
    reader.read("separator", reading.separator);
    reader.read("pattern", reading.pattern);
    reader.read("time_zone", reading.time_zone);
    reader.read("statuses", reading.statuses);
    reader.read("versions", reading.versions);
    reader.read("methods", reading.methods);
    read_checked_texts(reader, feed);
    read_field_roles(reader, file, reading.fields);
    read_event_rules(reader, file, reading.events);
    read_limits(reader, reading);
    read_watch(reader, feed.watch);
    const Result<Dataset> dataset = configuration.require_dataset(feed.dataset);
    if (dataset.has_value()) {
        read_metric_rules(reader, file, *dataset, reading.metrics);
    } else {
        reader.refuse("dataset", dataset.error());
    }
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    return feed;
}

Result<void> read_feeds(const toml::table* tables,
                        const std::string& file,
                        Configuration& configuration) {
    if (tables == nullptr) {
        return {};
    }
    TomlReader reader(*tables, file, "feed");
    for (const auto& [key, node] : *tables) {
        const toml::table* table = reader.find_table(key.str());
        if (table == nullptr) {
            return reader.finish();
        }
        TIDEMARK_ASSIGN_OR_RETURN(FeedConfiguration feed,
                                  read_feed(*table, file, key.str(), configuration));
        configuration.feeds.emplace(key.str(), std::move(feed));
    }
    return {};
}

// A span of time, or "never" where that is allowed.
void read_span(TomlReader& reader,
               std::string_view key,
               std::optional<std::chrono::seconds>& target) {
    std::string text = target.has_value() ? to_string(std::chrono::milliseconds(*target)) : "never";
    reader.read(key, text);
    if (text == "never") {
        target.reset();
        return;
    }
    const Result<std::chrono::milliseconds> span = parse_duration(text);
    if (span.has_value()) {
        target = std::chrono::duration_cast<std::chrono::seconds>(*span);
    } else {
        reader.refuse(key, with_context("or never", span.error()));
    }
}

void read_closing(TomlReader& reader, ClosingRules& rules) {
    std::optional<std::chrono::seconds> lateness = rules.lateness;
    read_span(reader, "lateness", lateness);
    if (lateness.has_value()) {
        rules.lateness = *lateness;
    } else {
        reader.refuse("lateness", Error{ErrorKind::invalid_input, "expected a duration, as in 2h"});
    }
    read_span(reader, "freeze_after", rules.freeze_after);
    read_span(reader, "retention", rules.retention);
}

// [compact.NAME]: what it does not say is as [compact] says. A gauge is neither sealed nor frozen.
Result<void> read_dataset_closing(TomlReader& reader,
                                  const toml::table& table,
                                  const std::string& file,
                                  const Configuration& configuration,
                                  CompactConfiguration& compact) {
    for (const Dataset& dataset : configuration.datasets) {
        if (!table.contains(dataset.name())) {
            continue;
        }
        const toml::table* own = reader.find_table(dataset.name());
        if (own == nullptr) {
            return {};
        }
        TomlReader own_reader(*own, file, joined("compact", dataset.name()));
        ClosingRules rules = compact.closing;
        if (dataset.kind() == DatasetKind::gauge) {
            read_span(own_reader, "retention", rules.retention);
        } else {
            read_closing(own_reader, rules);
        }
        TIDEMARK_RETURN_IF_ERROR(own_reader.finish());
        compact.closing_by_dataset.emplace(dataset.name(), std::move(rules));
    }
    return {};
}

Result<void> read_compact(const toml::table* table,
                          const std::string& file,
                          const Configuration& configuration,
                          CompactConfiguration& compact) {
    if (table == nullptr) {
        return {};
    }
    TomlReader reader(*table, file, "compact");
    std::int64_t every_ms = compact.every.count();
    reader.read("every_ms", every_ms, 10, 86'400'000);
    reader.read("batches_max", compact.batches_max, 1, 1'000'000);
    compact.every = std::chrono::milliseconds(every_ms);
    read_closing(reader, compact.closing);
    TIDEMARK_RETURN_IF_ERROR(read_dataset_closing(reader, *table, file, configuration, compact));
    return reader.finish();
}

Result<void> read_verify(const toml::table* table,
                         const std::string& file,
                         VerifyConfiguration& verify) {
    if (table == nullptr) {
        return {};
    }
    TomlReader reader(*table, file, "verify");
    read_span(reader, "every", verify.every);
    if (verify.every.has_value() && *verify.every < std::chrono::seconds(1)) {
        reader.refuse("every", Error{ErrorKind::invalid_input, "expected 1s or more, or never"});
    }
    reader.read("days", verify.days, 1, 36'500);
    return reader.finish();
}

Result<void> read_media(const toml::table* table,
                        const std::string& file,
                        MediaConfiguration& media) {
    if (table == nullptr) {
        return {};
    }
    TomlReader reader(*table, file, "media");
    reader.read("dataset", media.dataset);
    reader.read("feed", media.feed);
    if (const toml::table* source = reader.find_table("source"); source != nullptr) {
        TomlReader source_reader(*source, file, "media.source");
        source_reader.read("url", media.source_url);
        source_reader.read("query", media.source_query);
        source_reader.read("every", media.source_every);
        if (const Result<PollSchedule> schedule = PollSchedule::parse(media.source_every);
            !schedule.has_value()) {
            source_reader.refuse("every", schedule.error());
        }
        TIDEMARK_RETURN_IF_ERROR(source_reader.finish());
    }
    return reader.finish();
}

}  // namespace

const Dataset* Configuration::find_dataset(std::string_view name) const {
    for (const Dataset& dataset : datasets) {
        if (dataset.name() == name) {
            return &dataset;
        }
    }
    return nullptr;
}

Result<Dataset> Configuration::require_dataset(std::string_view name) const {
    if (const Dataset* dataset = find_dataset(name); dataset != nullptr) {
        return *dataset;
    }
    std::vector<std::string_view> known;
    for (const Dataset& each : datasets) {
        known.push_back(each.name());
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("dataset '{}': not declared{}", name, did_you_mean(name, known))};
}

std::map<std::string, ClosingRules, std::less<>> Configuration::closing_rules() const {
    std::map<std::string, ClosingRules, std::less<>> all;
    for (const Dataset& dataset : datasets) {
        const auto own = compact.closing_by_dataset.find(dataset.name());
        all[dataset.name()] =
            own == compact.closing_by_dataset.end() ? compact.closing : own->second;
    }
    for (const auto& [name, feed] : feeds) {
        if (const auto found = all.find(feed.dataset); found != all.end()) {
            found->second.feeds.push_back(name);
        }
    }
    return all;
}

Result<Configuration> parse_configuration(std::string_view text, std::string_view file_name) {
    const std::string file(file_name);
    Configuration configuration;
    configuration.datasets.assign(built_in_datasets().begin(), built_in_datasets().end());
    TIDEMARK_ASSIGN_OR_RETURN(const toml::table root, parse_toml(text, file));
    TomlReader reader(root, file, "");
    if (const toml::table* store = reader.find_table("store"); store != nullptr) {
        TomlReader store_reader(*store, file, "store");
        store_reader.read("url", configuration.store_url);
        TIDEMARK_RETURN_IF_ERROR(store_reader.finish());
    }
    TIDEMARK_RETURN_IF_ERROR(
        read_datasets(reader.find_table("dataset"), file, configuration.datasets));
    TIDEMARK_RETURN_IF_ERROR(read_feeds(reader.find_table("feed"), file, configuration));
    TIDEMARK_RETURN_IF_ERROR(
        read_compact(reader.find_table("compact"), file, configuration, configuration.compact));
    std::map<std::string, std::vector<std::string>> feeds_by_dataset;
    for (const auto& [name, feed] : configuration.feeds) {
        feeds_by_dataset[feed.dataset].push_back(name);
    }
    TIDEMARK_ASSIGN_OR_RETURN(configuration.sync,
                              read_sync_configuration(reader.find_table("sync"),
                                                      reader.find_table("source"),
                                                      file,
                                                      configuration.datasets,
                                                      feeds_by_dataset));
    TIDEMARK_RETURN_IF_ERROR(read_media(reader.find_table("media"), file, configuration.media));
    TIDEMARK_ASSIGN_OR_RETURN(configuration.serve,
                              read_serve_configuration(reader.find_table("serve"), file));
    TIDEMARK_RETURN_IF_ERROR(read_verify(reader.find_table("verify"), file, configuration.verify));
    configuration.thresholds = read_thresholds(reader, file, configuration.datasets);
    TIDEMARK_ASSIGN_OR_RETURN(
        configuration.cloud_events,
        read_cloud_events(reader.find_table("cloudevents"), file, configuration.datasets));
    TIDEMARK_ASSIGN_OR_RETURN(configuration.pings, read_pings(reader.find_table("pings"), file));
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    return configuration;
}

Result<Configuration> load_configuration(const std::optional<std::string>& path) {
    if (!path.has_value() && !std::filesystem::exists(default_file)) {
        return parse_configuration("", default_file);
    }
    const std::string file = path.value_or(std::string(default_file));
    std::ifstream stream(file, std::ios::binary);
    if (!stream || std::filesystem::is_directory(file)) {
        return Error{ErrorKind::not_found,
                     fmt::format("configuration '{}': cannot be read; name an existing file with "
                                 "--config",
                                 file)};
    }
    const std::string text{std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>()};
    return parse_configuration(text, file);
}

Result<double> parse_share(std::string_view text) {
    std::string_view digits = text;
    if (digits.ends_with('%')) {
        digits.remove_suffix(1);
    }
    double per_cent = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), per_cent);
    if (error != std::errc() || end != digits.data() + digits.size() || !(per_cent >= 0) ||
        per_cent > 100) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("share '{}': expected per cent from 0 to 100, as in 5%", text)};
    }
    return per_cent / 100;
}

}  // namespace tidemark
