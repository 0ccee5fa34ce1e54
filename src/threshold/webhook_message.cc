#include "threshold/webhook_message.h"

#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "report/instant_text.h"

namespace tidemark {

std::string message_body(const ThresholdEvent& event, ThresholdWindow window, bool test) {
    const auto narrow = event.value.to_int64();
    nlohmann::ordered_json document = {
        {"event_id", event.id},
        {"threshold", event.threshold},
        {"dataset", event.dataset},
        {"metric", event.metric},
        {"subject", event.subject},
        {"window", to_string(window)},
        {"period", event.period},
        {"at_least", event.at_least},
        {"value",
         narrow.has_value() ? nlohmann::ordered_json(*narrow)
                            : nlohmann::ordered_json(event.value.to_string())},
        {"synced_through", instant_text(event.synced_through)},
        {"fired_at", instant_text(std::chrono::floor<std::chrono::seconds>(event.fired_at))}};
    if (test) {
        document["test"] = true;
    }
    return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string signature_of(std::string_view secret, std::int64_t timestamp, std::string_view body) {
    const std::string text = fmt::format("{}.{}", timestamp, body);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    TIDEMARK_CHECK(HMAC(EVP_sha256(),
                        secret.data(),
                        static_cast<int>(secret.size()),
                        reinterpret_cast<const unsigned char*>(text.data()),
                        text.size(),
                        digest.data(),
                        &size) != nullptr);
    std::string signature = "v1=";
    for (unsigned int place = 0; place < size; ++place) {
        signature += fmt::format("{:02x}", digest.at(place));
    }
    return signature;
}

WebhookMessage signed_message(const Webhook& webhook,
                              const std::string& event_id,
                              std::string body,
                              Timestamp now) {
    const std::int64_t timestamp =
        std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    WebhookMessage message{.fields = {}, .body = std::move(body)};
    message.fields.set("Content-Type", "application/json");
    message.fields.set("Tidemark-Event", event_id);
    message.fields.set("Tidemark-Timestamp", std::to_string(timestamp));
    message.fields.set("Tidemark-Signature", signature_of(webhook.secret, timestamp, message.body));
    return message;
}

}  // namespace tidemark
