#include "support/http_client.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/check.h"

namespace tidemark::test {

namespace {

constexpr int deadline_s = 60;

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(
        result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

std::size_t number_of(std::string_view text) {
    std::size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

HttpAnswer parse_head(std::string_view head) {
    HttpAnswer answer{.fields = {}, .body = {}};
    answer.status = static_cast<int>(number_of(head.substr(9, 3)));
    std::size_t begin = head.find("\r\n") + 2;
    while (begin < head.size()) {
        const std::size_t end = std::min(head.find("\r\n", begin), head.size());
        const std::string_view line = head.substr(begin, end - begin);
        const std::size_t colon = line.find(':');
        answer.fields.emplace_back(lower(line.substr(0, colon)), line.substr(colon + 2));
        begin = end + 2;
    }
    return answer;
}

}  // namespace

std::string HttpAnswer::field(std::string_view name) const {
    const auto found =
        std::ranges::find_if(fields, [name](const auto& field) { return field.first == name; });
    return found == fields.end() ? "" : found->second;
}

HttpConnection::HttpConnection(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    TIDEMARK_CHECK(socket_ >= 0);
    const timeval deadline{.tv_sec = deadline_s, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(std::exchange(socket_, -1));
    }
}

HttpConnection::HttpConnection(HttpConnection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

HttpConnection::~HttpConnection() {
    if (socket_ >= 0) {
        ::close(socket_);
    }
}

bool HttpConnection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool HttpConnection::receive_more() {
    std::array<char, 65536> bytes;
    const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count <= 0) {
        return false;
    }
    received_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
}

std::optional<HttpAnswer> HttpConnection::receive(bool with_body) {
    std::size_t head_end = std::string::npos;
    while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
        if (!receive_more()) {
            return std::nullopt;
        }
    }
    HttpAnswer answer = parse_head(std::string_view(received_).substr(0, head_end));
    received_.erase(0, head_end + 4);
    if (answer.status == 100) {
        return receive(with_body);
    }
    const std::size_t size = with_body ? number_of(answer.field("content-length")) : 0;
    while (received_.size() < size) {
        if (!receive_more()) {
            return std::nullopt;
        }
    }
    answer.body = received_.substr(0, size);
    received_.erase(0, size);
    return answer;
}

std::optional<HttpAnswer> HttpConnection::ask(std::string_view method,
                                              std::string_view target,
                                              const HttpFields& fields,
                                              std::string_view body) {
    // An answer may come although not everything could be sent.
    (void)send(request_text(method, target, fields, body));
    return receive(method != "HEAD");
}

std::optional<std::string> HttpConnection::receive_through(std::string_view ending) {
    std::size_t found = std::string::npos;
    while ((found = received_.find(ending)) == std::string::npos) {
        if (!receive_more()) {
            return std::nullopt;
        }
    }
    std::string text = received_.substr(0, found + ending.size());
    received_.erase(0, text.size());
    return text;
}

bool HttpConnection::ends() {
    return received_.empty() && !receive_more();
}

HttpAnswer ask_once(std::uint16_t port,
                    std::string_view method,
                    std::string_view target,
                    const HttpFields& fields,
                    std::string_view body) {
    std::optional<HttpAnswer> answer = HttpConnection(port).ask(method, target, fields, body);
    TIDEMARK_CHECK(answer.has_value());
    return *std::move(answer);
}

std::string request_text(std::string_view method,
                         std::string_view target,
                         const HttpFields& fields,
                         std::string_view body) {
    std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n", method, target);
    for (const auto& [name, value] : fields) {
        text += fmt::format("{}: {}\r\n", name, value);
    }
    if (!body.empty() || method == "POST") {
        text += fmt::format("Content-Length: {}\r\n", body.size());
    }
    return text + "\r\n" + std::string(body);
}

}  // namespace tidemark::test
