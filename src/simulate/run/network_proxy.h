#pragma once
// NetworkProxy: a network between writers and server that can be slow, and lose what passes.
//
// Each path is a port of 127.0.0.1 of its own that leads to the server, so that one writer's
// network can fail while another's works. What comes in is held for half of the path's round-trip
// time and sent on, in each direction; in a black hole nothing is taken from the one side that
// would go to the other, and what is held stays. One thread does all of it.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/plan/plan.h"
#include "simulate/run/server_address.h"

namespace tidemark::simulate {

// Every call but start() and the destructor is safe from any thread.
class NetworkProxy {
 public:
    // Listens on a path for each name; `rtt` is added to every round trip. Fails with unavailable.
    static Result<std::unique_ptr<NetworkProxy>> start(const ServerAddress& server,
                                                       const std::vector<std::string>& paths,
                                                       Micros rtt);
    NetworkProxy(const NetworkProxy&) = delete;
    NetworkProxy& operator=(const NetworkProxy&) = delete;
    // Closes every connection.
    ~NetworkProxy();

    // The port of a path that start() was given.
    [[nodiscard]] std::uint16_t port(const std::string& path) const;

    // What a round trip takes more, besides the rtt; nothing ends it. An empty path is all of them,
    // as below.
    void set_delay(const std::string& path, Micros by);
    void begin_hole(const std::string& path, Swallows swallows);
    // What was held goes on, or, with cut, the connections that are there are reset.
    void end_hole(const std::string& path, HoleEnd end);

 private:
    class Loop;
    explicit NetworkProxy(std::unique_ptr<Loop> loop);
    std::unique_ptr<Loop> loop_;
};

}  // namespace tidemark::simulate
