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

constexpr std::int64_t told_at_once = 8;
// Longer than a message may take: nobody else tells meanwhile.
constexpr std::chrono::minutes lease{2};

struct Told {
    int status = 0;  // 0: no answer
    std::string outcome;

    [[nodiscard]] bool heard() const { return status >= 200 && status < 300; }
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
                                 MessageSender send)
    : usage_(usage),
      events_(events),
      clock_(clock),
      thresholds_(std::move(thresholds)),
      send_(std::move(send)) {
    for (const Threshold& threshold : thresholds_) {
        names_.push_back(threshold.name);
    }
}

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
        log_event(LogLevel::info,
                  "threshold.fired",
                  {{"threshold", threshold.name}, {"events", std::to_string(fired)}});
    }
    return fired;
}

Result<std::int64_t> ThresholdWorker::judge_all(const KnownProgress& known) {
    if (!known.snapshot.has_value() || !known.snapshot->overall.synced_through.has_value()) {
        return 0;
    }
    std::int64_t fired = 0;
    for (const Threshold& threshold : thresholds_) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t of_one,
                                  judge_one(threshold, *known.snapshot->overall.synced_through));
        fired += of_one;
    }
    return fired;
}

const Threshold* ThresholdWorker::find(const std::string& name) const {
    return &*std::ranges::find(thresholds_, name, &Threshold::name);
}

Result<std::int64_t> ThresholdWorker::deliver_due() {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<ThresholdEvent> due,
                              events_.claim_deliveries(names_, lease, told_at_once));
    std::vector<std::future<Told>> telling;
    for (const ThresholdEvent& event : due) {
        telling.push_back(std::async(std::launch::async, [this, &event, now = clock_.now()] {
            return tell(send_, *find(event.threshold), event, now);
        }));
    }
    std::int64_t heard = 0;
    for (std::size_t place = 0; place < due.size(); ++place) {
        const ThresholdEvent& event = due[place];
        const Told told = telling[place].get();
        heard += told.heard() ? 1 : 0;
        log_event(told.heard() ? LogLevel::info : LogLevel::warning,
                  "threshold.told",
                  {{"event", event.id}, {"threshold", event.threshold}, {"outcome", told.outcome}});
        TIDEMARK_RETURN_IF_ERROR(events_.record_attempt(
            event.id,
            told.status,
            told.outcome,
            told.heard() ? std::nullopt : std::optional(pause_after(event.attempts + 1))));
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
