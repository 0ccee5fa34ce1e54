#include "logs/lines/ping.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "logs/lines/combined.h"
#include "logs/lines/url_text.h"

namespace tidemark {

namespace {

// What JW Player's player sends; docs/log_formats.md says where from.
std::vector<EventRule> default_events() {
    return {{.event = "play", .path_part = "/jwplayer6/ping.gif", .parameter = "s"},
            {.event = "ad_impression", .path_part = "/clienta/ping.gif", .parameter = "i"},
            {.event = "ad_complete", .path_part = "/clienta/ping.gif", .parameter = "c"}};
}

// An event and the places of the metrics that count it.
struct CountedEvent {
    EventRule rule;
    std::vector<std::size_t> metrics;
};

class PingParser final : public LineParser {
 public:
    PingParser(std::unique_ptr<LineParser> line_parser, std::vector<CountedEvent> events)
        : line_parser_(std::move(line_parser)), events_(std::move(events)) {}

    [[nodiscard]] std::unique_ptr<LineParser> clone() const override {
        return std::make_unique<PingParser>(line_parser_->clone(), events_);
    }

    [[nodiscard]] bool has_directives() const override { return false; }

    LineVerdict parse(std::string_view line, LogRecord& record) override {
        const LineVerdict verdict = line_parser_->parse(line, record);
        if (verdict.kind != LineKind::record) {
            return verdict;
        }
        std::string_view event = find_query_value(find_query(record.url), "e").text;
        if (event.find('%') != std::string_view::npos) {
            decoded_.clear();
            if (!percent_decode(event, decoded_)) {
                return LineVerdict::rejected(RejectReason::bad_url);
            }
            event = decoded_;
        }
        const std::string_view path = find_path(record.url);
        const auto matches = [&](const CountedEvent& counted) {
            return counted.rule.parameter == event &&
                   path.find(counted.rule.path_part) != std::string_view::npos;
        };
        const auto found = std::ranges::find_if(events_, matches);
        if (found == events_.end() || found->metrics.empty()) {
            return LineVerdict::ignored(IgnoreReason::event);
        }
        record.field_values.fill(0);
        for (const std::size_t place : found->metrics) {
            record.field_values[place] = 1;
        }
        return verdict;
    }

 private:
    std::unique_ptr<LineParser> line_parser_;
    std::vector<CountedEvent> events_;
    std::string decoded_;
};

std::vector<std::size_t> metrics_of(const Reading& reading, std::string_view event) {
    std::vector<std::size_t> places;
    for (std::size_t place = 0; place < reading.metrics.size(); ++place) {
        const MetricRule& metric = reading.metrics[place];
        if (metric.kind == MetricRule::Kind::event && metric.text == event) {
            places.push_back(place);
        }
    }
    return places;
}

// A metric of an event that no rule describes would stay 0 for ever.
Result<void> check_metrics(const Reading& reading, const std::vector<EventRule>& rules) {
    for (const MetricRule& metric : reading.metrics) {
        const auto describes = [&](const EventRule& rule) { return rule.event == metric.text; };
        if (metric.kind == MetricRule::Kind::event && std::ranges::none_of(rules, describes)) {
            return Error{
                ErrorKind::invalid_input,
                fmt::format("metric 'event:{}': no event rule describes it; add one", metric.text)};
        }
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<LineParser>> make_ping_parser(const Reading& reading) {
    const std::vector<EventRule> rules = reading.events.empty() ? default_events() : reading.events;
    TIDEMARK_RETURN_IF_ERROR(check_metrics(reading, rules));
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<LineParser> line_parser,
                              make_combined_parser(reading));
    const bool any_event = std::ranges::any_of(reading.metrics, [](const MetricRule& metric) {
        return metric.kind == MetricRule::Kind::event;
    });
    if (!any_event) {
        return Error{ErrorKind::invalid_input,
                     "format 'ping': no metric counts an event; give one the rule event:play, "
                     "event:ad_impression or event:ad_complete"};
    }
    std::vector<CountedEvent> events;
    for (const EventRule& rule : rules) {
        events.push_back({.rule = rule, .metrics = metrics_of(reading, rule.event)});
    }
    return std::make_unique<PingParser>(std::move(line_parser), std::move(events));
}

}  // namespace tidemark
