#include "logs/lines/reading.h"

#include <array>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "base/nearest_name.h"

namespace tidemark {

namespace {

constexpr int segment_max = 1000;

constexpr std::array<std::string_view, 5> subject_kinds = {
    "path", "host", "query", "field", "pattern"};
constexpr std::array<std::string_view, 4> metric_kinds = {"bytes", "count", "field", "event"};

struct KindAndText {
    std::string_view kind;
    std::string_view text{};  // after the colon
    bool has_text = false;
};

KindAndText split_rule(std::string_view rule) {
    const std::size_t colon = rule.find(':');
    if (colon == std::string_view::npos) {
        return {.kind = rule};
    }
    return {.kind = rule.substr(0, colon), .text = rule.substr(colon + 1), .has_text = true};
}

Error unknown_rule(std::string_view what,
                   std::string_view rule,
                   std::string_view forms,
                   std::span<const std::string_view> kinds) {
    return Error{ErrorKind::invalid_input,
                 fmt::format("{} rule '{}': expected {}{}",
                             what,
                             rule,
                             forms,
                             did_you_mean(split_rule(rule).kind, kinds))};
}

}  // namespace

Result<SubjectRule> SubjectRule::parse(std::string_view text) {
    constexpr std::string_view forms = "path:N, host, query:NAME, field:NAME or pattern:RE2";
    const KindAndText rule = split_rule(text);
    if (rule.kind == "host" && !rule.has_text) {
        return SubjectRule{.kind = Kind::host};
    }
    if (rule.kind == "path" && rule.has_text) {
        int segment = 0;
        const char* end = rule.text.data() + rule.text.size();
        const auto [stop, error] = std::from_chars(rule.text.data(), end, segment);
        if (error != std::errc() || stop != end || segment < 1 || segment > segment_max) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("subject rule '{}': expected the number of a path segment, "
                                     "from 1 to {}",
                                     text,
                                     segment_max)};
        }
        return SubjectRule{.kind = Kind::path, .segment = segment};
    }
    if (!rule.text.empty()) {
        const std::string rest(rule.text);
        if (rule.kind == "query") {
            return SubjectRule{.kind = Kind::query, .text = rest};
        }
        if (rule.kind == "field") {
            return SubjectRule{.kind = Kind::field, .text = rest};
        }
        if (rule.kind == "pattern") {
            return SubjectRule{.kind = Kind::pattern, .text = rest};
        }
    }
    return unknown_rule("subject", text, forms, subject_kinds);
}

Result<MetricRule> MetricRule::parse(std::string_view text) {
    const KindAndText rule = split_rule(text);
    if (rule.kind == "bytes" && !rule.has_text) {
        return MetricRule{.kind = Kind::bytes};
    }
    if (rule.kind == "count" && !rule.has_text) {
        return MetricRule{.kind = Kind::count};
    }
    if (rule.kind == "field" && !rule.text.empty()) {
        return MetricRule{.kind = Kind::field, .text = std::string(rule.text)};
    }
    if (rule.kind == "event" && !rule.text.empty()) {
        return MetricRule{.kind = Kind::event, .text = std::string(rule.text)};
    }
    return unknown_rule("metric", text, "bytes, count, field:NAME or event:NAME", metric_kinds);
}

std::vector<MetricRule> default_metric_rules(const Dataset& dataset) {
    const std::vector<std::string>& metrics = dataset.metrics();
    if (dataset == built_in_datasets()[1]) {
        return {{.kind = MetricRule::Kind::event, .text = "play"},
                {.kind = MetricRule::Kind::event, .text = "ad_impression"},
                {.kind = MetricRule::Kind::event, .text = "ad_complete"}};
    }
    if (metrics.size() == 1) {
        return {{.kind = MetricRule::Kind::count}};
    }
    if (metrics.size() == 2) {
        return {{.kind = MetricRule::Kind::bytes}, {.kind = MetricRule::Kind::count}};
    }
    std::vector<MetricRule> rules;
    for (const std::string& metric : metrics) {
        rules.push_back({.kind = MetricRule::Kind::field, .text = metric});
    }
    return rules;
}

}  // namespace tidemark
