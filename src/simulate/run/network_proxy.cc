#include "simulate/run/network_proxy.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "simulate/run/monotonic.h"

namespace tidemark::simulate {

namespace {

constexpr std::size_t held_bytes_max = 4U << 20U;  // of a direction; then its sender has to wait
constexpr std::int64_t idle_us = 1'000'000;

Error unavailable(const char* what) {
    return {ErrorKind::unavailable,
            fmt::format("network proxy: {}: {}", what, std::generic_category().message(errno))};
}

// A descriptor that is closed with its owner.
class Socket {
 public:
    Socket() = default;
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() {
        if (descriptor_ >= 0) {
            close(descriptor_);
        }
    }
    [[nodiscard]] int get() const { return descriptor_; }

 private:
    int descriptor_ = -1;
};

struct Chunk {
    std::int64_t release_us = 0;
    std::string bytes{};
    std::size_t sent = 0;
};

// One direction of a connection.
struct Flow {
    std::deque<Chunk> chunks{};
    std::size_t held_bytes = 0;
    bool ended = false;   // its sender has said that no more comes
    bool closed = false;  // and its receiver was told so

    [[nodiscard]] bool is_due(std::int64_t now_us) const {
        return !chunks.empty() && chunks.front().release_us <= now_us;
    }
};

struct Connection {
    std::size_t path = 0;
    Socket client{};
    Socket server{};
    Flow up{};    // to the server
    Flow down{};  // from the server
    bool broken = false;
};

struct Path {
    std::string name{};
    Socket listener{};
    std::uint16_t port = 0;
    Micros delay{};
    std::optional<Swallows> hole{};
};

void make_quick(int descriptor) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// Closing it resets the connection instead of ending it.
void make_abrupt(int descriptor) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

Result<Path> listen_for(const std::string& name) {
    Path path{.name = name};
    path.listener = Socket(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(path.listener.get(), generic, length) != 0 ||
        listen(path.listener.get(), SOMAXCONN) != 0 ||
        getsockname(path.listener.get(), generic, &length) != 0) {
        return unavailable("listen on 127.0.0.1");
    }
    path.port = ntohs(address.sin_port);
    return path;
}

}  // namespace

class NetworkProxy::Loop {
 public:
    Loop(const ServerAddress& server, std::vector<Path> paths, Micros rtt, Socket wake)
        : server_(server), rtt_(rtt), paths_(std::move(paths)), wake_(std::move(wake)) {
        thread_ = std::thread([this] { run(); });
    }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop() {
        change([this] { stop_ = true; });
        thread_.join();
    }

    [[nodiscard]] std::uint16_t port(const std::string& name) const {
        const auto found = std::ranges::find(paths_, name, &Path::name);
        TIDEMARK_CHECK(found != paths_.end());
        return found->port;
    }

    // Changes the paths of a name, or all, between two turns of the loop.
    template <typename Change>
    void change_paths(const std::string& name, const Change& change_path) {
        change([&] {
            for (std::size_t place = 0; place < paths_.size(); ++place) {
                if (name.empty() || paths_[place].name == name) {
                    change_path(place, paths_[place]);
                }
            }
        });
    }

    // Within a change.
    void cut(std::size_t path) {
        for (Connection& connection : connections_) {
            if (connection.path == path) {
                make_abrupt(connection.client.get());
                make_abrupt(connection.server.get());
                connection.broken = true;
            }
        }
    }

 private:
    template <typename Action>
    void change(const Action& action) {
        {
            const std::lock_guard lock(mutex_);
            action();
        }
        const std::uint64_t one = 1;
        static_cast<void>(!write(wake_.get(), &one, sizeof(one)));
    }

    void run();
    void turn(std::vector<pollfd>& waited);
    void wait_for_all(std::vector<pollfd>& waited);
    void accept_from(std::size_t place);
    void move(Connection& connection, std::int64_t now_us);
    void receive(Connection& connection, int from, Flow& flow, std::int64_t now_us);
    void send_due(Connection& connection, int to, Flow& flow, std::int64_t now_us);
    [[nodiscard]] bool swallows_up(const Connection& connection) const {
        return paths_[connection.path].hole == Swallows::all;
    }
    [[nodiscard]] bool swallows_down(const Connection& connection) const {
        return paths_[connection.path].hole.has_value();
    }

    const ServerAddress server_;
    const Micros rtt_;
    std::mutex mutex_;  // held by each turn of the loop, but not while it waits
    std::vector<Path> paths_;
    std::list<Connection> connections_;
    Socket wake_;
    std::int64_t next_us_ = 0;  // when the loop turns at the latest; its own thread's
    bool stop_ = false;
    std::thread thread_;  // last: it uses the others
};

void NetworkProxy::Loop::run() {
    std::vector<pollfd> waited;
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            if (stop_) {
                return;
            }
            turn(waited);
        }
        wait_for_all(waited);
    }
}

// Moves whatever can be moved now, and says what to wait for.
void NetworkProxy::Loop::turn(std::vector<pollfd>& waited) {
    std::uint64_t wakes = 0;
    static_cast<void>(!read(wake_.get(), &wakes, sizeof(wakes)));
    for (std::size_t place = 0; place < paths_.size(); ++place) {
        if (!paths_[place].hole.has_value()) {
            accept_from(place);
        }
    }
    const std::int64_t now_us = monotonic_us();
    for (Connection& connection : connections_) {
        if (!connection.broken) {
            move(connection, now_us);
        }
    }
    connections_.remove_if([](const Connection& connection) {
        return connection.broken || (connection.up.closed && connection.down.closed);
    });
    waited.assign(1, {.fd = wake_.get(), .events = POLLIN, .revents = 0});
    for (const Path& path : paths_) {
        if (!path.hole.has_value()) {
            waited.push_back({.fd = path.listener.get(), .events = POLLIN, .revents = 0});
        }
    }
    std::int64_t next_us = now_us + idle_us;
    for (const Connection& connection : connections_) {
        short client = 0;
        short server = 0;
        const auto add = [&](const Flow& flow, bool swallowed, short& from, short& to) {
            if (swallowed) {
                return;
            }
            if (!flow.ended && flow.held_bytes < held_bytes_max) {
                from = static_cast<short>(from | POLLIN);
            }
            if (flow.is_due(now_us)) {
                to = static_cast<short>(to | POLLOUT);
            } else if (!flow.chunks.empty()) {
                next_us = std::min(next_us, flow.chunks.front().release_us);
            }
        };
        add(connection.up, swallows_up(connection), client, server);
        add(connection.down, swallows_down(connection), server, client);
        // One that nothing is expected of would wake the loop by its end, again and again.
        if (client != 0) {
            waited.push_back({.fd = connection.client.get(), .events = client, .revents = 0});
        }
        if (server != 0) {
            waited.push_back({.fd = connection.server.get(), .events = server, .revents = 0});
        }
    }
    next_us_ = next_us;
}

void NetworkProxy::Loop::wait_for_all(std::vector<pollfd>& waited) {
    const std::int64_t left_us = std::max<std::int64_t>(next_us_ - monotonic_us(), 0);
    const timespec timeout{.tv_sec = left_us / 1'000'000, .tv_nsec = left_us % 1'000'000 * 1000};
    ppoll(waited.data(), waited.size(), &timeout, nullptr);
}

void NetworkProxy::Loop::accept_from(std::size_t place) {
    for (;;) {
        Socket client(
            accept4(paths_[place].listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (client.get() < 0) {
            return;
        }
        Socket server(
            socket(server_.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const auto* address = reinterpret_cast<const sockaddr*>(&server_.address);
        if (connect(server.get(), address, server_.length) != 0 && errno != EINPROGRESS) {
            make_abrupt(client.get());  // as the server itself would refuse it
            continue;
        }
        make_quick(client.get());
        make_quick(server.get());
        Connection connection{.path = place};
        connection.client = std::move(client);
        connection.server = std::move(server);
        connections_.push_back(std::move(connection));
    }
}

void NetworkProxy::Loop::move(Connection& connection, std::int64_t now_us) {
    if (!swallows_up(connection)) {
        receive(connection, connection.client.get(), connection.up, now_us);
        send_due(connection, connection.server.get(), connection.up, now_us);
    }
    if (!swallows_down(connection)) {
        receive(connection, connection.server.get(), connection.down, now_us);
        send_due(connection, connection.client.get(), connection.down, now_us);
    }
}

void NetworkProxy::Loop::receive(Connection& connection,
                                 int from,
                                 Flow& flow,
                                 std::int64_t now_us) {
    const std::int64_t held_us = (rtt_ + paths_[connection.path].delay).count() / 2;
    std::array<char, 65536> bytes{};
    while (!flow.ended && flow.held_bytes < held_bytes_max) {
        const ssize_t count = recv(from, bytes.data(), bytes.size(), 0);
        if (count > 0) {
            const auto size = static_cast<std::size_t>(count);
            // Never before what was sent before it: a delay that ends does not reorder.
            const std::int64_t before_us = flow.chunks.empty() ? 0 : flow.chunks.back().release_us;
            flow.chunks.push_back({.release_us = std::max(now_us + held_us, before_us),
                                   .bytes = std::string(bytes.data(), size)});
            flow.held_bytes += size;
        } else if (count == 0) {
            flow.ended = true;
        } else {
            // Not connected yet, or nothing there.
            connection.broken =
                connection.broken || (errno != EAGAIN && errno != EINTR && errno != ENOTCONN);
            return;
        }
    }
}

void NetworkProxy::Loop::send_due(Connection& connection, int to, Flow& flow, std::int64_t now_us) {
    while (flow.is_due(now_us)) {
        Chunk& chunk = flow.chunks.front();
        const ssize_t count = send(
            to, chunk.bytes.data() + chunk.sent, chunk.bytes.size() - chunk.sent, MSG_NOSIGNAL);
        if (count < 0) {
            connection.broken =
                connection.broken || (errno != EAGAIN && errno != EINTR && errno != ENOTCONN);
            return;
        }
        chunk.sent += static_cast<std::size_t>(count);
        flow.held_bytes -= static_cast<std::size_t>(count);
        if (chunk.sent == chunk.bytes.size()) {
            flow.chunks.pop_front();
        }
    }
    if (flow.ended && flow.chunks.empty() && !flow.closed) {
        shutdown(to, SHUT_WR);
        flow.closed = true;
    }
}

NetworkProxy::NetworkProxy(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
NetworkProxy::~NetworkProxy() = default;

Result<std::unique_ptr<NetworkProxy>> NetworkProxy::start(const ServerAddress& server,
                                                          const std::vector<std::string>& paths,
                                                          Micros rtt) {
    std::vector<Path> listening;
    for (const std::string& name : paths) {
        TIDEMARK_ASSIGN_OR_RETURN(Path path, listen_for(name));
        listening.push_back(std::move(path));
    }
    Socket wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (wake.get() < 0) {
        return unavailable("make an event");
    }
    return std::unique_ptr<NetworkProxy>(new NetworkProxy(
        std::make_unique<Loop>(server, std::move(listening), rtt, std::move(wake))));
}

std::uint16_t NetworkProxy::port(const std::string& path) const {
    return loop_->port(path);
}

void NetworkProxy::set_delay(const std::string& path, Micros by) {
    loop_->change_paths(path, [by](std::size_t, Path& changed) { changed.delay = by; });
}

void NetworkProxy::begin_hole(const std::string& path, Swallows swallows) {
    loop_->change_paths(path, [swallows](std::size_t, Path& changed) { changed.hole = swallows; });
}

void NetworkProxy::end_hole(const std::string& path, HoleEnd end) {
    loop_->change_paths(path, [this, end](std::size_t place, Path& changed) {
        changed.hole.reset();
        if (end == HoleEnd::cut) {
            loop_->cut(place);
        }
    });
}

}  // namespace tidemark::simulate
