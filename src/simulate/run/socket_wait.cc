#include "simulate/run/socket_wait.h"

#include <algorithm>
#include <climits>

#include <poll.h>

#include "simulate/run/monotonic.h"

namespace tidemark::simulate {

namespace {

class BlockingWait final : public SocketWait {
 public:
    void forget(int /*socket*/) override {}

    bool for_socket(int socket, bool to_send, std::int64_t until_us) override {
        if (socket < 0) {
            return true;  // closed
        }
        constexpr std::int64_t millisecond_us = 1000;
        pollfd wanted{.fd = socket,
                      .events = static_cast<short>(to_send ? POLLIN | POLLOUT : POLLIN),
                      .revents = 0};
        while (true) {
            const std::int64_t left_us =
                until_us == INT64_MAX ? INT64_MAX : until_us - monotonic_us();
            const auto left_ms = static_cast<int>(
                std::clamp<std::int64_t>(left_us / millisecond_us + 1, 0, INT_MAX));
            // An interrupted wait goes on: a signal only sets a flag.
            if (poll(&wanted, 1, left_us <= 0 ? 0 : left_ms) > 0) {
                return true;
            }
            if (left_us <= 0) {
                return false;
            }
        }
    }
};

}  // namespace

SocketWait& blocking_wait() {
    static BlockingWait wait;
    return wait;
}

}  // namespace tidemark::simulate
