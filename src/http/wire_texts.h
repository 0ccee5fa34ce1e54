#pragma once
// Short texts of HTTP's header fields.

#include <ctime>
#include <string>
#include <string_view>

namespace tidemark::http {

// What a request may call itself: up to 64 letters, digits, '-', '_' and '.'.
bool is_request_id(std::string_view text);

// RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string date_text(std::time_t now);

}  // namespace tidemark::http
