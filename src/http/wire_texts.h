#pragma once
// Texts of HTTP's header fields.

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace tidemark::http {

// What a request may call itself: up to 64 letters, digits, '-', '_' and '.'.
bool is_request_id(std::string_view text);

// RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string date_text(std::time_t now);

// What the server itself says of an answer.
struct ResponseTerms {
    bool version_11 = true;  // of the request
    bool keep_alive = true;
    std::optional<std::uint64_t> content_length{};  // nothing: the answer has no body, or no end
    std::string_view id;                            // of the request
    std::time_t now = 0;
};

// RFC 9112 section 4: the status line and the header fields, up to the body. One text, because a
// buffer for each field costs more than copying them.
std::string response_head(const Response& response, const ResponseTerms& terms);

}  // namespace tidemark::http
