#include "threshold/webhook_message.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidemark {
namespace {

// printf '1790000000.{"a":1}' | openssl dgst -sha256 -hmac 'a secret of both sides'
TEST(WebhookMessage, is_signed_as_openssl_signs) {
    EXPECT_EQ(signature_of("a secret of both sides", 1'790'000'000, "{\"a\":1}"),
              "v1=634559d386804b149799b8675ebbfc7e1434d2d50e35e8a78e1fbab72db1da95");
}

TEST(WebhookMessage, carries_its_event_its_time_and_its_signature) {
    Webhook webhook;
    webhook.secret = "a secret of both sides";
    const WebhookMessage message = signed_message(
        webhook, "7f", "{\"a\":1}", Timestamp(std::chrono::milliseconds(1'790'000'000'999)));
    EXPECT_EQ(message.body, "{\"a\":1}");
    EXPECT_EQ(message.fields.find("Tidemark-Event"), "7f");
    EXPECT_EQ(message.fields.find("Tidemark-Timestamp"), "1790000000");
    EXPECT_EQ(message.fields.find("Tidemark-Signature"),
              signature_of(webhook.secret, 1'790'000'000, message.body));
    EXPECT_EQ(message.fields.find("Content-Type"), "application/json");
}

TEST(WebhookMessage, says_what_fired) {
    const ThresholdEvent event{.id = "7f",
                               .threshold = "big",
                               .dataset = "cdn",
                               .metric = "bytes_streamed",
                               .subject = "a",
                               .period = "2026-11",
                               .value = Total(12),
                               .at_least = 10,
                               .synced_through = std::chrono::sys_seconds(std::chrono::days(20768)),
                               .fired_at = Timestamp(std::chrono::seconds(1'790'000'000))};
    nlohmann::json body = nlohmann::json::parse(message_body(event, ThresholdWindow::month, false));
    EXPECT_EQ(body, nlohmann::json::parse(R"({
        "event_id": "7f", "threshold": "big", "dataset": "cdn", "metric": "bytes_streamed",
        "subject": "a", "window": "month", "period": "2026-11", "at_least": 10, "value": 12,
        "synced_through": "2026-11-11T00:00:00Z", "fired_at": "2026-09-21T14:13:20Z"})"));
    body = nlohmann::json::parse(message_body(event, ThresholdWindow::month, true));
    EXPECT_EQ(body["test"], true);
}

}  // namespace
}  // namespace tidemark
