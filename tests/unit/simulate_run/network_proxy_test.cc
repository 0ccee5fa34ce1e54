#include "simulate/run/network_proxy.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "simulate/run/monotonic.h"

namespace tidemark::simulate {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

// One end of a connection; closed with it.
class Peer {
 public:
    explicit Peer(int descriptor) : descriptor_(descriptor) {}
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() { close(descriptor_); }

    void say(const std::string& text) const {
        ASSERT_EQ(send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
    }
    // What comes within the time; empty when nothing does, "gone" when the other end is.
    [[nodiscard]] std::string hear(int patience_ms = 30'000) const {
        pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
        if (poll(&waiting, 1, patience_ms) <= 0) {
            return {};
        }
        std::array<char, 64> bytes{};
        const ssize_t count = recv(descriptor_, bytes.data(), bytes.size(), 0);
        return count <= 0 ? "gone" : std::string(bytes.data(), static_cast<std::size_t>(count));
    }

 private:
    int descriptor_;
};

// A server that takes connections when it is told to, and a proxy before it.
class Proxied : public testing::Test {
 protected:
    void SetUp() override {
        sockaddr_in address = loopback(0);
        socklen_t length = sizeof(address);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        ASSERT_EQ(bind(listener_, generic, length), 0);
        ASSERT_EQ(listen(listener_, 8), 0);
        ASSERT_EQ(getsockname(listener_, generic, &length), 0);
        std::memcpy(&server_.address, &address, length);
        server_.length = length;
    }
    ~Proxied() override { close(listener_); }

    [[nodiscard]] std::unique_ptr<NetworkProxy> proxy(Micros rtt = Micros{0}) const {
        Result<std::unique_ptr<NetworkProxy>> started =
            NetworkProxy::start(server_, {"a", "b"}, rtt);
        EXPECT_TRUE(started.has_value());
        return std::move(started).value();
    }
    static std::unique_ptr<Peer> connect_to(std::uint16_t port) {
        const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopback(port);
        EXPECT_EQ(connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
                  0);
        return std::make_unique<Peer>(descriptor);
    }
    [[nodiscard]] std::unique_ptr<Peer> taken() const {
        return std::make_unique<Peer>(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    }

    int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ServerAddress server_;
};

TEST_F(Proxied, passes_both_ways_and_the_end_too) {
    const auto between = proxy();
    auto client = connect_to(between->port("a"));
    const auto server = taken();
    client->say("question");
    EXPECT_EQ(server->hear(), "question");
    server->say("answer");
    EXPECT_EQ(client->hear(), "answer");
    client.reset();
    EXPECT_EQ(server->hear(), "gone");
}

TEST_F(Proxied, takes_at_least_the_round_trip_time) {
    const auto between = proxy(std::chrono::milliseconds(40));
    between->set_delay("", std::chrono::milliseconds(40));
    const auto client = connect_to(between->port("a"));
    const auto server = taken();
    const std::int64_t begun_us = monotonic_us();
    client->say("question");
    EXPECT_EQ(server->hear(), "question");
    server->say("answer");
    EXPECT_EQ(client->hear(), "answer");
    EXPECT_GE(monotonic_us() - begun_us, 80'000);
}

TEST_F(Proxied, loses_nothing_in_a_black_hole_that_ends_and_takes_one_path_only) {
    const auto between = proxy();
    const auto client = connect_to(between->port("a"));
    const auto server = taken();
    const auto other_client = connect_to(between->port("b"));
    const auto other_server = taken();
    between->begin_hole("a", Swallows::all);
    client->say("question");
    other_client->say("other");
    EXPECT_EQ(other_server->hear(), "other");
    EXPECT_EQ(server->hear(50), "");
    between->end_hole("a", HoleEnd::resume);
    EXPECT_EQ(server->hear(), "question");
}

TEST_F(Proxied, swallows_answers_alone_and_cuts_what_is_there) {
    const auto between = proxy();
    const auto client = connect_to(between->port("a"));
    const auto server = taken();
    between->begin_hole("", Swallows::answers);
    client->say("commit");
    EXPECT_EQ(server->hear(), "commit");
    server->say("done");
    EXPECT_EQ(client->hear(50), "");
    between->end_hole("", HoleEnd::cut);
    EXPECT_EQ(client->hear(), "gone");
    EXPECT_EQ(server->hear(), "gone");
    // A new connection works.
    const auto again = connect_to(between->port("a"));
    const auto served = taken();
    again->say("hello");
    EXPECT_EQ(served->hear(), "hello");
}

TEST_F(Proxied, refuses_when_the_server_is_not_there) {
    const auto between = proxy();
    close(listener_);
    const auto client = connect_to(between->port("a"));
    EXPECT_EQ(client->hear(), "gone");
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

}  // namespace
}  // namespace tidemark::simulate
