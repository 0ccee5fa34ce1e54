#pragma once
// SocketWait: how a session of the simulator waits for its server: blocking its thread, or letting
// other sessions of the same thread go on (fibers.h).

#include <cstdint>

namespace tidemark::simulate {

class SocketWait {
 public:
    SocketWait() = default;
    SocketWait(const SocketWait&) = delete;
    SocketWait& operator=(const SocketWait&) = delete;
    virtual ~SocketWait() = default;

    // Returns true once there is something to be received, or, where `to_send`, room to send too;
    // false at the instant `until_us` (monotonic_us(); INT64_MAX: never). The end of a connection
    // and its errors are something to be received; so is a socket below 0, which is closed.
    virtual bool for_socket(int socket, bool to_send, std::int64_t until_us) = 0;
    // Before a socket is closed that was waited for, and before one is waited for that may have
    // been closed and opened anew under its number.
    virtual void forget(int socket) = 0;
};

// Blocks the thread that calls. Safe from any thread; lives as long as the program.
SocketWait& blocking_wait();

}  // namespace tidemark::simulate
