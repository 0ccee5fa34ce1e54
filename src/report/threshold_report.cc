#include "report/threshold_report.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/instant_text.h"
#include "report/text_table.h"

namespace tidemark {

namespace {

using Json = nlohmann::ordered_json;

std::string delivery_text(const ToldEvent& told) {
    if (told.event.delivered_at.has_value()) {
        return "heard " + instant_text(*told.event.delivered_at);
    }
    return told.attempts.empty()
               ? "not told yet"
               : fmt::format("{} attempts: {}", told.event.attempts, told.attempts.back().outcome);
}

Json to_json(const ToldThreshold& threshold) {
    return {{"name", threshold.name},
            {"dataset", threshold.dataset},
            {"metric", threshold.metric},
            {"subject", threshold.subject.empty() ? Json() : Json(threshold.subject)},
            {"window", threshold.window},
            {"at_least", threshold.at_least},
            {"url", threshold.url}};
}

Json to_json(const ToldEvent& told) {
    const ThresholdEvent& event = told.event;
    const auto narrow = event.value.to_int64();
    Json attempts = Json::array();
    for (const DeliveryAttempt& attempt : told.attempts) {
        attempts.push_back({{"attempt", attempt.attempt},
                            {"attempted_at", instant_text(attempt.attempted_at)},
                            {"status", attempt.status == 0 ? Json() : Json(attempt.status)},
                            {"outcome", attempt.outcome}});
    }
    return {{"event_id", event.id},
            {"threshold", event.threshold},
            {"dataset", event.dataset},
            {"metric", event.metric},
            {"subject", event.subject},
            {"period", event.period},
            {"at_least", event.at_least},
            {"value", narrow.has_value() ? Json(*narrow) : Json(event.value.to_string())},
            {"synced_through", instant_text(event.synced_through)},
            {"fired_at", instant_text(event.fired_at)},
            {"delivered_at",
             event.delivered_at.has_value() ? Json(instant_text(*event.delivered_at)) : Json()},
            {"attempt_count", event.attempts},
            {"attempts", std::move(attempts)}};
}

}  // namespace

Result<std::vector<ToldEvent>> find_told_events(ThresholdStore& store, std::int64_t limit) {
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<ThresholdEvent> events, store.threshold_events(limit));
    std::vector<ToldEvent> told;
    for (ThresholdEvent& event : events) {
        TIDEMARK_ASSIGN_OR_RETURN(std::vector<DeliveryAttempt> attempts,
                                  store.delivery_attempts(event.id));
        told.push_back({.event = std::move(event), .attempts = std::move(attempts)});
    }
    return told;
}

std::string format_thresholds(const std::vector<ToldThreshold>& declared,
                              const std::vector<ToldEvent>& events) {
    TextTable thresholds({{"threshold"},
                          {"dataset"},
                          {"metric"},
                          {"subject"},
                          {"window"},
                          {"at least", TextAlign::right},
                          {"tells"}});
    for (const ToldThreshold& threshold : declared) {
        thresholds.add_row({threshold.name,
                            threshold.dataset,
                            threshold.metric,
                            threshold.subject.empty() ? "each" : threshold.subject,
                            threshold.window,
                            with_thousands(std::to_string(threshold.at_least)),
                            threshold.url});
    }
    TextTable fired({{"fired"},
                     {"threshold"},
                     {"subject"},
                     {"period"},
                     {"value", TextAlign::right},
                     {"event"},
                     {"told"}});
    for (const ToldEvent& told : events) {
        const ThresholdEvent& event = told.event;
        fired.add_row({instant_text(event.fired_at),
                       event.threshold,
                       event.subject,
                       event.period,
                       with_thousands(event.value.to_string()),
                       event.id,
                       delivery_text(told)});
    }
    return (declared.empty() ? "no thresholds are declared\n" : thresholds.to_string()) + "\n" +
           (events.empty() ? "nothing has fired\n" : fired.to_string());
}

std::string thresholds_json(const std::vector<ToldThreshold>& declared,
                            const std::vector<ToldEvent>& events) {
    Json thresholds = Json::array();
    for (const ToldThreshold& threshold : declared) {
        thresholds.push_back(to_json(threshold));
    }
    Json fired = Json::array();
    for (const ToldEvent& told : events) {
        fired.push_back(to_json(told));
    }
    const Json document = {{"thresholds", std::move(thresholds)}, {"events", std::move(fired)}};
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tidemark
