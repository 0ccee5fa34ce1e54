#pragma once
// What a webhook is sent, and what proves who sent it (docs/http_api.md).

#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"
#include "store/threshold_store.h"
#include "threshold/threshold.h"

namespace tidemark {

struct WebhookMessage {
    http::Fields fields;
    std::string body;
};

// A JSON object. `test`: it says so, and nobody is to act on it.
std::string message_body(const ThresholdEvent& event, ThresholdWindow window, bool test);

// "v1=" and the HMAC-SHA256 (RFC 2104) of "TIMESTAMP.BODY" under the secret in hexadecimal;
// TIMESTAMP in seconds since 1970-01-01.
std::string signature_of(std::string_view secret, std::int64_t timestamp, std::string_view body);

// The body with the event's id, the time and the signature beside it.
WebhookMessage signed_message(const Webhook& webhook,
                              const std::string& event_id,
                              std::string body,
                              Timestamp now);

}  // namespace tidemark
