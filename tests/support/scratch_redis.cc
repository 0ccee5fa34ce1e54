#include "support/scratch_redis.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace tidemark::test {

namespace {

constexpr const char* server_program = "/usr/bin/redis-server";

// One that nobody listens on now.
int free_port() {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    TIDEMARK_CHECK(bind(listener, plain, length) == 0);
    TIDEMARK_CHECK(getsockname(listener, plain, &length) == 0);
    close(listener);
    return ntohs(address.sin_port);
}

}  // namespace

bool redis_is_installed() {
    return std::filesystem::exists(server_program);
}

ScratchRedis::ScratchRedis(RedisAccess access) : access_(std::move(access)), port_(free_port()) {
    start();
}

std::string ScratchRedis::url(const std::string& password) const {
    const std::string scheme = access_.certificate != nullptr ? "rediss://" : "redis://";
    const std::string login = password.empty() ? "" : ":" + password + "@";
    return scheme + login + "127.0.0.1:" + std::to_string(port_);
}

void ScratchRedis::kill() {
    server_->send_signal(SIGKILL);
    TIDEMARK_CHECK(server_->wait(std::chrono::seconds(10)));
    server_.reset();
}

void ScratchRedis::start() {
    const bool tls = access_.certificate != nullptr;
    std::vector<std::string> command = {server_program,
                                        tls ? "--tls-port" : "--port",
                                        std::to_string(port_),
                                        "--bind",
                                        "127.0.0.1",
                                        "--save",
                                        "",
                                        "--dir",
                                        folder_.path().string()};
    if (tls) {
        command.insert(command.end(),
                       {"--port",
                        "0",
                        "--tls-auth-clients",
                        "no",
                        "--tls-cert-file",
                        access_.certificate->certificate_file(),
                        "--tls-key-file",
                        access_.certificate->key_file(),
                        "--tls-ca-cert-file",
                        access_.certificate->authority_file()});
    }
    if (!access_.password.empty()) {
        command.insert(command.end(), {"--requirepass", access_.password});
    }
    server_ = std::make_unique<Process>(ProcessStart{.command = command});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (run({"PING"}).find("PONG") == std::string::npos) {
        TIDEMARK_CHECK(std::chrono::steady_clock::now() < deadline);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

std::string ScratchRedis::run(const std::vector<std::string>& command) const {
    std::vector<std::string> words = {"/usr/bin/redis-cli", "-p", std::to_string(port_)};
    if (access_.certificate != nullptr) {
        words.insert(words.end(), {"--tls", "--cacert", access_.certificate->authority_file()});
    }
    words.insert(words.end(), command.begin(), command.end());
    ProcessEnd end = run_process(
        {.command = std::move(words), .environment = {{"REDISCLI_AUTH", access_.password}}});
    while (end.output.ends_with('\n')) {
        end.output.pop_back();
    }
    return end.output;
}

}  // namespace tidemark::test
