#include "cli/supervisor_notice.h"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace tidemark {

namespace {

Error not_notified(std::string_view name) {
    return {ErrorKind::unavailable,
            fmt::format("NOTIFY_SOCKET '{}': {}", name, std::generic_category().message(errno))};
}

}  // namespace

Result<void> notify_ready() {
    const char* const variable = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe)
    if (variable == nullptr || *variable == '\0') {
        return {};
    }
    const std::string_view name = variable;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if ((name.front() != '/' && name.front() != '@') || name.size() >= sizeof address.sun_path) {
        return Error{
            ErrorKind::invalid_input,
            fmt::format("NOTIFY_SOCKET '{}': expected an absolute path, or a name after @", name)};
    }
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') {
        address.sun_path[0] = '\0';
    }
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        return not_notified(name);
    }
    constexpr std::string_view ready = "READY=1";
    const auto address_size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    const ssize_t sent = ::sendto(socket,
                                  ready.data(),
                                  ready.size(),
                                  MSG_NOSIGNAL,
                                  reinterpret_cast<const sockaddr*>(&address),
                                  address_size);
    const Result<void> outcome =
        sent == static_cast<ssize_t>(ready.size()) ? Result<void>() : not_notified(name);
    ::close(socket);
    return outcome;
}

}  // namespace tidemark
