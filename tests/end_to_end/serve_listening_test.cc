// How the real service listens: TLS and its reload, what it tells systemd, how many may come.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "end_to_end/service_process.h"
#include "end_to_end/test_store.h"
#include "support/certificate.h"
#include "support/environment.h"
#include "support/http_client.h"

namespace tidemark::test {
namespace {

constexpr std::chrono::seconds patience{60};

// Asks /livez by a client that trusts this authority alone.
ProcessEnd ask_over_tls(std::uint16_t port, const std::string& authority_file) {
    return run_process({.command = {"/usr/bin/openssl",
                                    "s_client",
                                    "-quiet",
                                    "-verify_return_error",
                                    "-CAfile",
                                    authority_file,
                                    "-connect",
                                    fmt::format("127.0.0.1:{}", port)},
                        .input = "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"});
}

bool was_served(const ProcessEnd& end) {
    return end.output.find("HTTP/1.1 200 OK") != std::string::npos &&
           end.output.find("\"live\": true") != std::string::npos;
}

void expect_logged(ServiceProcess& service, const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (service.process().errors_so_far().find(text) == std::string::npos) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << text;
        ASSERT_FALSE(service.process().wait(std::chrono::milliseconds(10)));
    }
}

class ServeTls : public testing::Test {
 protected:
    void SetUp() override {
        if (!openssl_is_installed()) {
            GTEST_SKIP() << "openssl is not installed";
        }
        certificate.emplace("IP:127.0.0.1");
        use(*certificate);
    }

    // Puts it where the service looks for its own.
    void use(const Certificate& other) const {
        const auto over = std::filesystem::copy_options::overwrite_existing;
        std::filesystem::copy_file(other.certificate_file(), path("server.pem"), over);
        std::filesystem::copy_file(other.key_file(), path("server.key"), over);
    }

    [[nodiscard]] std::string path(const char* name) const {
        return (store.folder().path() / name).string();
    }

    [[nodiscard]] std::vector<std::string> arguments() const {
        return {"--answers-only", "--certificate", path("server.pem"), "--key", path("server.key")};
    }

    TestStore store{StoreKind::sqlite};
    std::optional<Certificate> certificate;
};

TEST_F(ServeTls, is_spoken_with_its_certificate_and_nothing_else_is) {
    ServiceProcess service(store, arguments());
    EXPECT_TRUE(was_served(ask_over_tls(service.port(), certificate->authority_file())));
    const Certificate stranger("IP:127.0.0.1");
    EXPECT_FALSE(was_served(ask_over_tls(service.port(), stranger.authority_file())));
    HttpConnection plain(service.port());
    EXPECT_FALSE(plain.ask("GET", "/livez").has_value());
    EXPECT_EQ(service.stop().exit_code, 0);
}

TEST_F(ServeTls, sighup_reads_the_certificate_anew_and_keeps_the_old_one_when_it_cannot) {
    ServiceProcess service(store, arguments());
    const Certificate renewed("IP:127.0.0.1");
    use(renewed);
    service.process().send_signal(SIGHUP);
    expect_logged(service, "http.certificate_loaded");
    EXPECT_TRUE(was_served(ask_over_tls(service.port(), renewed.authority_file())));
    EXPECT_FALSE(was_served(ask_over_tls(service.port(), certificate->authority_file())));
    std::ofstream(path("server.pem")) << "no certificate";
    service.process().send_signal(SIGHUP);
    expect_logged(service, "http.certificate_refused");
    EXPECT_TRUE(was_served(ask_over_tls(service.port(), renewed.authority_file())));
    EXPECT_EQ(service.stop().exit_code, 0);
}

TEST_F(ServeTls, is_refused_with_files_that_do_not_belong_together) {
    const Certificate other("IP:127.0.0.1");
    for (const auto& [certificate_file, key_file, part] :
         {std::tuple(path("server.pem"), other.key_file(), "key values mismatch"),
          std::tuple(path("none.pem"), path("server.key"), "none.pem"),
          std::tuple(path("server.pem"), std::string(), "both")}) {
        const ProcessEnd end = store.run({"serve",
                                          "--listen",
                                          "127.0.0.1:0",
                                          "--certificate",
                                          certificate_file,
                                          "--key",
                                          key_file});
        EXPECT_EQ(end.exit_code, 2) << end.to_string();
        EXPECT_NE(end.errors.find(part), std::string::npos) << end.errors;
    }
}

// A socket as systemd has it, which the service is told of.
class NoticeSocket {
 public:
    explicit NoticeSocket(std::string path)
        : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        TIDEMARK_CHECK(path_.size() < sizeof address.sun_path);
        path_.copy(address.sun_path, path_.size());
        TIDEMARK_CHECK(
            ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        const timeval deadline{.tv_sec = patience.count(), .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    }
    NoticeSocket(const NoticeSocket&) = delete;
    NoticeSocket& operator=(const NoticeSocket&) = delete;
    ~NoticeSocket() { ::close(socket_); }

    [[nodiscard]] std::string receive() const {
        std::string text(100, '\0');
        const ssize_t size = ::recv(socket_, text.data(), text.size(), 0);
        text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return text;
    }

 private:
    std::string path_;
    int socket_;
};

TEST(ServeNotice, tells_systemd_once_it_listens) {
    const TestStore store(StoreKind::sqlite);
    const std::string path = (store.folder().path() / "notice").string();
    const NoticeSocket socket(path);
    ProcessStart start = store.start({"serve", "--listen", "127.0.0.1:0", "--answers-only"});
    start.environment.emplace_back("NOTIFY_SOCKET", path);
    Process service(start);
    EXPECT_EQ(socket.receive(), "READY=1");
    EXPECT_NE(service.errors_so_far().find("serve.listening"), std::string::npos);
    service.send_signal(SIGTERM);
    EXPECT_EQ(service.finish().exit_code, 0);
}

TEST(ServeClients, of_one_address_are_as_many_as_configured) {
    const TestStore store(StoreKind::sqlite);
    (void)store.folder().write("tidemark.toml", "[serve]\nclients_per_address_max = 3\n");
    ServiceProcess service(store, {"--answers-only"});
    std::vector<HttpConnection> kept;
    for (int number = 0; number < 3; ++number) {
        kept.emplace_back(service.port());
        ASSERT_TRUE(kept.back().ask("GET", "/livez").has_value());
    }
    HttpConnection refused(service.port());
    EXPECT_FALSE(refused.ask("GET", "/livez").has_value());
    kept.pop_back();
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!HttpConnection(service.port()).ask("GET", "/livez").has_value()) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
}

// The most memory that the process ever had, in MiB.
std::int64_t memory_peak_mib(int pid) {
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    std::string word;
    while (status >> word && word != "VmHWM:") {
    }
    std::int64_t kib = 0;
    status >> kib;
    return kib / 1024;
}

TEST(ServeClients, ten_thousand_who_say_nothing_keep_nobody_waiting) {
    const std::uint64_t count = number_from_environment("TIDEMARK_IDLE_CLIENTS", 10'000);
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < count + 1000) {
        GTEST_SKIP() << "at most " << limit.rlim_max << " descriptors may be open here";
    }
    const TestStore store(StoreKind::sqlite);
    (void)store.folder().write("tidemark.toml",
                               "[serve]\nclients_per_address_max = 20000\nidle = \"1h\"\n");
    ServiceProcess service(store, {"--answers-only"});
    ASSERT_EQ(ask_once(service.port(), "GET", "/readyz").status, 200);
    const std::int64_t before = memory_peak_mib(service.process().pid());
    std::vector<HttpConnection> idle;
    idle.reserve(count);
    for (std::uint64_t number = 0; number < count; ++number) {
        idle.emplace_back(service.port());
        // One in a hundred asks first: each of those who do not is known to be let in by then.
        if (number % 100 == 99) {
            ASSERT_TRUE(idle.back().ask("GET", "/livez").has_value()) << number;
        }
    }
    EXPECT_EQ(ask_once(service.port(), "GET", "/v1/usage?dataset=cdn").status, 200);
    const std::int64_t grown = memory_peak_mib(service.process().pid()) - before;
    std::printf("%d connections: %d MiB\n", static_cast<int>(count), static_cast<int>(grown));
    EXPECT_LT(grown, 150);
    EXPECT_TRUE(idle.front().ask("GET", "/livez").has_value());
    EXPECT_EQ(service.stop().exit_code, 0);
}

}  // namespace
}  // namespace tidemark::test
