#include "http/wire_texts.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "http/problem.h"

namespace tidemark::http {

bool is_request_id(std::string_view text) {
    const auto is_allowed = [](char character) {
        return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
               (character >= 'A' && character <= 'Z') || character == '-' || character == '_' ||
               character == '.';
    };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_allowed);
}

std::string date_text(std::time_t now) {
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), size};
}

namespace {

// Made once a second and not for every answer.
const std::string& date_text_kept(std::time_t now) {
    thread_local std::time_t kept_of = -1;
    thread_local std::string kept;
    if (now != kept_of) {
        kept = date_text(now);
        kept_of = now;
    }
    return kept;
}

}  // namespace

std::string response_head(const Response& response, const ResponseTerms& terms) {
    constexpr std::size_t usual_bytes = 512;
    std::string head;
    head.reserve(usual_bytes);
    fmt::format_to(std::back_inserter(head),
                   "HTTP/1.{} {} {}\r\n",
                   terms.version_11 ? 1 : 0,
                   response.status,
                   reason_phrase(response.status));
    const auto put = [&head](std::string_view name, std::string_view value) {
        head.append(name).append(": ").append(value).append("\r\n");
    };
    put("Server", "tidemark");
    put("Date", date_text_kept(terms.now));
    put("X-Request-Id", terms.id);
    for (const auto& [name, value] : response.fields.all()) {
        put(name, value);
    }
    if (terms.keep_alive != terms.version_11) {
        put("Connection", terms.keep_alive ? "keep-alive" : "close");
    }
    if (terms.content_length.has_value()) {
        put("Content-Length", std::to_string(*terms.content_length));
    }
    return head += "\r\n";
}

}  // namespace tidemark::http
