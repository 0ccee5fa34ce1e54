#pragma once
// One request to somebody else's server, over a connection of its own.

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace tidemark::http {

// "http://host:port/path?query" or "https://...", taken apart.
struct Url {
    bool tls = false;
    std::string host;
    std::string port;    // "80", "443" or the one given
    std::string target;  // "/" and what follows
};

// Fails with invalid_input for other schemes, for user names, control characters and blanks.
Result<Url> parse_url(std::string_view text);

// Sends a POST and gives the status that answers it, whatever it is; nothing is followed anywhere.
// With TLS the other side has to prove that it is the host, to the system's authorities (those of
// SSL_CERT_FILE where it is set). All of it has `timeout`, but for looking up the name, which
// takes as long as the system's resolver lets it. Fails with unavailable.
Result<int> post(const Url& url,
                 const Fields& fields,
                 const std::string& body,
                 std::chrono::milliseconds timeout);

}  // namespace tidemark::http
