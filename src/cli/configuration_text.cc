#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/duration.h"
#include "cli/configuration.h"

namespace tidemark {

namespace {

std::string text_of(const SubjectRule& rule) {
    switch (rule.kind) {
        case SubjectRule::Kind::path:
            return fmt::format("path:{}", rule.segment);
        case SubjectRule::Kind::host:
            return "host";
        case SubjectRule::Kind::query:
            return "query:" + rule.text;
        case SubjectRule::Kind::field:
            return "field:" + rule.text;
        case SubjectRule::Kind::pattern:
            return "pattern:" + rule.text;
    }
    return {};
}

std::string text_of(const MetricRule& rule) {
    switch (rule.kind) {
        case MetricRule::Kind::bytes:
            return "bytes";
        case MetricRule::Kind::count:
            return "count";
        case MetricRule::Kind::field:
            return "field:" + rule.text;
        case MetricRule::Kind::event:
            return "event:" + rule.text;
    }
    return {};
}

toml::array list_of(const std::vector<std::string>& texts) {
    toml::array array;
    for (const std::string& text : texts) {
        array.push_back(text);
    }
    return array;
}

toml::table table_of(const Dataset& dataset) {
    return toml::table{{"kind", std::string(to_string(dataset.kind()))},
                       {"subject", dataset.subject()},
                       {"metrics", list_of(dataset.metrics())}};
}

toml::table table_of(const FeedConfiguration& feed, const Dataset& dataset) {
    const Reading& reading = feed.reading;
    toml::table metrics;
    for (std::size_t metric = 0; metric < reading.metrics.size(); ++metric) {
        metrics.insert(dataset.metrics()[metric], text_of(reading.metrics[metric]));
    }
    toml::table fields;
    for (const auto& [role, field] : reading.fields) {
        fields.insert(role, field);
    }
    toml::array events;
    for (const EventRule& rule : reading.events) {
        events.push_back(toml::table{
            {"event", rule.event}, {"path_part", rule.path_part}, {"parameter", rule.parameter}});
    }
    toml::table table{
        {"dataset", feed.dataset},
        {"format", reading.format},
        {"subject", text_of(reading.subject)},
        {"missing_subject", reading.missing_subject},
        {"metrics", metrics},
        {"fields", fields},
        {"events", events},
        {"layout", list_of(reading.layout)},
        {"separator", reading.separator},
        {"pattern", reading.pattern},
        {"time_zone", reading.time_zone},
        {"statuses", list_of(reading.statuses)},
        {"versions", list_of(reading.versions)},
        {"methods", list_of(reading.methods)},
        {"max_rejected", fmt::format("{:g}%", feed.rejected_share_max * 100)},
        {"covers_pattern", feed.covers_pattern},
        {"line_length_max", static_cast<std::int64_t>(reading.line_length_max)},
        {"expanded_bytes_max", static_cast<std::int64_t>(reading.expanded_bytes_max)},
        {"rejected_samples_max", static_cast<std::int64_t>(reading.rejected_samples_max)},
        {"days_max", static_cast<std::int64_t>(reading.days_max)},
        {"future_tolerance_s", static_cast<std::int64_t>(reading.future_tolerance.count())},
        {"accept_truncated", reading.accept_truncated}};
    add_watch(feed.watch, table);
    return table;
}

std::string text_of(std::optional<std::chrono::seconds> span) {
    return span.has_value() ? to_string(std::chrono::milliseconds(*span)) : "never";
}

toml::table table_of(const ClosingRules& rules) {
    return toml::table{{"lateness", text_of(rules.lateness)},
                       {"freeze_after", text_of(rules.freeze_after)},
                       {"retention", text_of(rules.retention)}};
}

toml::table compact_table(const Configuration& configuration) {
    const CompactConfiguration& compact = configuration.compact;
    toml::table table = table_of(compact.closing);
    table.insert("every_ms", static_cast<std::int64_t>(compact.every.count()));
    table.insert("batches_max", compact.batches_max);
    for (const auto& [dataset, rules] : compact.closing_by_dataset) {
        const bool gauge = configuration.find_dataset(dataset)->kind() == DatasetKind::gauge;
        table.insert(
            dataset,
            gauge ? toml::table{{"retention", text_of(rules.retention)}} : table_of(rules));
    }
    return table;
}

toml::table table_of(const MediaConfiguration& media) {
    return toml::table{{"dataset", media.dataset},
                       {"feed", media.feed},
                       {"source",
                        toml::table{{"url", media.source_url},
                                    {"query", media.source_query},
                                    {"every", media.source_every}}}};
}

}  // namespace

std::string to_toml(const Configuration& configuration) {
    toml::table root{{"store", toml::table{{"url", configuration.store_url}}},
                     {"compact", compact_table(configuration)},
                     {"media", table_of(configuration.media)},
                     {"serve", serve_table(configuration.serve)},
                     {"verify",
                      toml::table{{"every", text_of(configuration.verify.every)},
                                  {"days", configuration.verify.days}}},
                     {"pings", pings_table(configuration.pings)},
                     {"cloudevents", cloud_events_table(configuration.cloud_events)},
                     {"sync", sync_table(configuration.sync)},
                     {"source", source_table(configuration.sync)}};
    toml::table datasets;
    for (const Dataset& dataset : configuration.datasets) {
        // The built-in ones cannot be declared again, so that the printed text reads back.
        const auto built_in = built_in_datasets();
        if (std::find(built_in.begin(), built_in.end(), dataset) == built_in.end()) {
            datasets.insert(dataset.name(), table_of(dataset));
        }
    }
    toml::table feeds;
    for (const auto& [name, feed] : configuration.feeds) {
        feeds.insert(name, table_of(feed, *configuration.find_dataset(feed.dataset)));
    }
    root.insert("dataset", std::move(datasets));
    root.insert("feed", std::move(feeds));
    if (!configuration.thresholds.empty()) {
        root.insert("threshold", threshold_tables(configuration.thresholds));
    }
    std::ostringstream text;
    text << root << "\n";
    return text.str();
}

}  // namespace tidemark
