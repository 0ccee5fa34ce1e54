#include "threshold/threshold_worker.h"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "threshold/judging.h"
#include "threshold/webhook_message.h"

namespace tidemark {

namespace {

constexpr std::int64_t told_at_once = 4;  // of a threshold
// Longer than a message may take: nobody else tells meanwhile.
constexpr std::chrono::seconds lease{15};

// Up to which instant the dataset's usage is what `usage --synced` says, and is complete.
std::optional<std::chrono::sys_seconds> complete_through(const KnownProgress& known,
                                                         const std::string& dataset) {
    if (!known.snapshot.has_value()) {
        return std::nullopt;
    }
    const auto found = known.snapshot->datasets.find(dataset);
    const auto overall = known.snapshot->overall.synced_through;
    if (found == known.snapshot->datasets.end() || !found->second.synced_through.has_value() ||
        !overall.has_value()) {
        return std::nullopt;
    }
    return std::min(*overall, *found->second.synced_through);
}

struct Told {
    int status = 0;  // 0: no answer
    std::string outcome;

    [[nodiscard]] bool heard() const { return status >= 200 && status < 300; }
};

struct Telling {
    ThresholdEvent event;
    std::future<Told> told;
};

Told tell(const MessageSender& send,
          const Threshold& threshold,
          const ThresholdEvent& event,
          Timestamp now) {
    const WebhookMessage message = signed_message(
        threshold.webhook, event.id, message_body(event, threshold.window, false), now);
    const Result<int> status = send(threshold.webhook, message.fields, message.body);
    if (!status.has_value()) {
        return {.status = 0, .outcome = status.error().message};
    }
    Told told{.status = *status, .outcome = {}};
    told.outcome = told.heard() ? "delivered" : fmt::format("answered {}", *status);
    return told;
}

// An event whose subject was erased meanwhile has no log any more.
Result<void> log_attempt(ThresholdStore& events, const ThresholdEvent& event, const Told& told) {
    log_event(told.heard() ? LogLevel::info : LogLevel::warning,
              "threshold.told",
              {{"event", event.id}, {"threshold", event.threshold}, {"outcome", told.outcome}});
    const Result<void> logged = events.record_attempt(
        event.id,
        told.status,
        told.outcome,
        told.heard() ? std::nullopt : std::optional(pause_after(event.attempts + 1)));
    return !logged.has_value() && logged.error().kind == ErrorKind::not_found ? Result<void>()
                                                                              : logged;
}

}  // namespace

std::chrono::milliseconds pause_after(std::int64_t attempts) {
    constexpr std::chrono::milliseconds first{5000};
    constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
    const auto doublings = std::clamp<std::int64_t>(attempts - 1, 0, 20);
    return std::min(longest, first * (std::int64_t{1} << doublings));
}

MessageSender network_sender(std::chrono::milliseconds timeout) {
    return [timeout](const Webhook& webhook, const http::Fields& fields, const std::string& body) {
        return http::post(webhook.url, fields, body, timeout);
    };
}

ThresholdWorker::ThresholdWorker(Store& usage,
                                 ThresholdStore& events,
                                 const Clock& clock,
                                 std::vector<Threshold> thresholds,
                                 MessageSender send,
                                 ThresholdSinks sinks)
    : usage_(usage),
      events_(events),
      clock_(clock),
      thresholds_(std::move(thresholds)),
      send_(std::move(send)),
      sinks_(std::move(sinks)) {}

Result<std::int64_t> ThresholdWorker::judge_one(const Threshold& threshold,
                                                std::chrono::sys_seconds through) {
    TIDEMARK_ASSIGN_OR_RETURN(const auto since, events_.judged_through(threshold.name));
    if (since.has_value() && *since >= through) {
        return 0;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<ThresholdEvent> events,
                              judge(usage_, threshold, since, through));
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t fired,
                              events_.record_judgement(threshold.name, through, events));
    if (fired > 0) {
        sinks_.fired(threshold.name, fired);
        log_event(LogLevel::info,
                  "threshold.fired",
                  {{"threshold", threshold.name}, {"events", std::to_string(fired)}});
    }
    return fired;
}

Result<std::int64_t> ThresholdWorker::judge_all(const KnownProgress& known) {
    std::int64_t fired = 0;
    for (const Threshold& threshold : thresholds_) {
        const auto through = complete_through(known, threshold.dataset.name());
        if (through.has_value()) {
            TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t of_one, judge_one(threshold, *through));
            fired += of_one;
        }
    }
    return fired;
}

Result<std::int64_t> ThresholdWorker::deliver_due() {
    std::vector<Telling> telling;
    for (const Threshold& threshold : thresholds_) {
        TIDEMARK_ASSIGN_OR_RETURN(std::vector<ThresholdEvent> due,
                                  events_.claim_deliveries(threshold.name, lease, told_at_once));
        for (ThresholdEvent& event : due) {
            std::future<Told> told = std::async(std::launch::async,
                                                tell,
                                                std::cref(send_),
                                                std::cref(threshold),
                                                event,
                                                clock_.now());
            telling.push_back({.event = std::move(event), .told = std::move(told)});
        }
    }
    std::int64_t heard = 0;
    for (Telling& each : telling) {
        const Told told = each.told.get();
        heard += told.heard() ? 1 : 0;
        sinks_.told(each.event.threshold, told.heard());
        TIDEMARK_RETURN_IF_ERROR(log_attempt(events_, each.event, told));
    }
    return heard;
}

Result<void> ThresholdWorker::watch(const std::function<KnownProgress()>& read_progress,
                                    const std::atomic<bool>& stop) {
    constexpr std::chrono::milliseconds poll{500};
    const auto look_once = [&]() -> Result<void> {
        TIDEMARK_RETURN_IF_ERROR(judge_all(read_progress()));
        TIDEMARK_RETURN_IF_ERROR(deliver_due());
        return {};
    };
    while (!stop) {
        const Result<void> looked = look_once();
        if (!looked.has_value() && looked.error().kind != ErrorKind::unavailable) {
            return looked;
        }
        if (!looked.has_value()) {
            log_event(
                LogLevel::warning, "threshold.unavailable", {{"error", looked.error().message}});
        }
        for (auto waited = std::chrono::milliseconds(0); waited < poll && !stop;
             waited += std::chrono::milliseconds(50)) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }
    return {};
}

}  // namespace tidemark
