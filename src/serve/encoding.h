#pragma once
// Answers packed as the other side asks.

#include <string>
#include <string_view>

#include "http/message.h"

namespace tidemark {

// Packs the answer's body by gzip or zstd where the request's Accept-Encoding prefers that, with
// Content-Encoding; says by Vary that it depends on it. Leaves what is small, what is packed
// already, and what is no text or JSON.
void encode(const http::RequestHead& head, http::Response& response);

}  // namespace tidemark
