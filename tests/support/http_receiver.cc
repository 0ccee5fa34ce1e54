#include "support/http_receiver.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace tidemark::test {

namespace {

// Reads one whole request; an empty method when the connection ended first.
ReceivedRequest receive(int socket) {
    std::string text;
    std::size_t head_end = std::string::npos;
    std::size_t wanted = 0;
    while (head_end == std::string::npos || text.size() < wanted) {
        char piece[4096];
        const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
        if (got <= 0) {
            return {};
        }
        text.append(piece, static_cast<std::size_t>(got));
        head_end = text.find("\r\n\r\n");
        if (head_end != std::string::npos) {
            const std::size_t length = text.find("Content-Length: ");
            wanted =
                head_end + 4 +
                (length < head_end ? std::strtoul(text.c_str() + length + 16, nullptr, 10) : 0);
        }
    }
    ReceivedRequest request;
    const std::size_t blank = text.find(' ');
    request.method = text.substr(0, blank);
    request.target = text.substr(blank + 1, text.find(' ', blank + 1) - blank - 1);
    for (std::size_t line = text.find("\r\n") + 2; line < head_end;) {
        const std::size_t end = text.find("\r\n", line);
        const std::size_t colon = text.find(": ", line);
        std::string name = text.substr(line, colon - line);
        std::ranges::transform(name, name.begin(), [](unsigned char letter) {
            return static_cast<char>(std::tolower(letter));
        });
        request.fields.emplace_back(std::move(name), text.substr(colon + 2, end - colon - 2));
        line = end + 2;
    }
    request.body = text.substr(head_end + 4);
    return request;
}

}  // namespace

std::string ReceivedRequest::field(std::string_view name) const {
    const auto found =
        std::ranges::find_if(fields, [name](const auto& field) { return field.first == name; });
    return found == fields.end() ? "" : found->second;
}

HttpReceiver::HttpReceiver(std::deque<int> statuses)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), statuses_(std::move(statuses)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    TIDEMARK_CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    TIDEMARK_CHECK(::listen(listener_, 64) == 0);
    TIDEMARK_CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
}

HttpReceiver::~HttpReceiver() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (const int socket : sockets_) {
        ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) {
        thread.join();
    }
    for (const int socket : sockets_) {
        ::close(socket);
    }
    ::close(listener_);
}

std::string HttpReceiver::url(const std::string& target) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, target);
}

std::vector<ReceivedRequest> HttpReceiver::await(std::size_t count) {
    std::unique_lock lock(mutex_);
    TIDEMARK_CHECK(
        came_.wait_for(lock, std::chrono::seconds(60), [&] { return requests_.size() >= count; }));
    return requests_;
}

void HttpReceiver::accept() {
    while (true) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) {
            return;
        }
        sockets_.push_back(socket);
        threads_.emplace_back([this, socket] { answer(socket); });
    }
}

void HttpReceiver::answer(int socket) {
    ReceivedRequest request = receive(socket);
    if (request.method.empty()) {
        return;
    }
    int status = 204;
    {
        const std::lock_guard lock(mutex_);
        if (!statuses_.empty()) {
            status = statuses_.front();
            statuses_.pop_front();
        }
        requests_.push_back(std::move(request));
    }
    came_.notify_all();
    if (status == silence) {
        return;
    }
    const std::string answer =
        fmt::format("HTTP/1.1 {} Words\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
    (void)::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::shutdown(socket, SHUT_WR);
}

}  // namespace tidemark::test
