#pragma once
// Where a PostgreSQL URL leads, and the same URL leading through a port of this machine.

#include <cstdint>
#include <string>

#include <sys/socket.h>

#include "base/result.h"

namespace tidemark::simulate {

struct ServerAddress {
    sockaddr_storage address{};
    socklen_t length = 0;
};

// The first host of the URL, resolved. Fails with invalid_input for what libpq cannot read, with
// unavailable for a name that does not resolve.
Result<ServerAddress> find_server(const std::string& url);

// A connection string with everything that `url` says but its address, which is this port of
// 127.0.0.1; a certificate is still checked against the host of the URL. Fails with invalid_input.
Result<std::string> through_port(const std::string& url, std::uint16_t port);

}  // namespace tidemark::simulate
