#pragma once
// A plain HTTP/1.1 client over one connection, which can also say what no honest client says.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::test {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

struct HttpAnswer {
    int status = 0;
    HttpFields fields;  // names in small letters
    std::string body;

    // The first one's value, or "".
    [[nodiscard]] std::string field(std::string_view name) const;
};

// To a port of this machine. One thread at a time.
class HttpConnection {
 public:
    // When nobody listens every call fails.
    explicit HttpConnection(std::uint16_t port);
    HttpConnection(HttpConnection&& other) noexcept;
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;
    HttpConnection& operator=(HttpConnection&&) = delete;
    ~HttpConnection();

    // Sends bytes as they are; false when the other side has gone.
    bool send(std::string_view bytes);

    // The next answer; nothing when the connection ended first, or after a deadline.
    std::optional<HttpAnswer> receive(bool with_body = true);

    // A whole request, with Host and Content-Length, and its answer.
    std::optional<HttpAnswer> ask(std::string_view method,
                                  std::string_view target,
                                  const HttpFields& fields = {},
                                  std::string_view body = {});

    // What comes next, up to and with `ending`; nothing as with receive().
    std::optional<std::string> receive_through(std::string_view ending);

    // True when the other side ends the connection without a further byte.
    bool ends();

 private:
    bool receive_more();

    int socket_ = -1;
    std::string received_;
};

// One request over a connection of its own. Ends the test program when there is no answer.
HttpAnswer ask_once(std::uint16_t port,
                    std::string_view method,
                    std::string_view target,
                    const HttpFields& fields = {},
                    std::string_view body = {});

// The text of a request as ask() sends it.
std::string request_text(std::string_view method,
                         std::string_view target,
                         const HttpFields& fields = {},
                         std::string_view body = {});

}  // namespace tidemark::test
