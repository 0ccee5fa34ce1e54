#pragma once
// Stream: the bytes of one connection, with TLS or without; what reads and writes HTTP on it need
// not know which. Only the server's own source includes this.

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>

#include "base/result.h"

namespace tidemark::http {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// TLS 1.2 and later with this certificate, its intermediate ones behind it in the file, and its
// key, both as PEM. Fails with invalid_input, naming the file, when they cannot be read or do not
// belong together.
Result<TlsContext> load_tls_context(const std::string& certificate_file,
                                    const std::string& key_file);

// One thread at a time. An AsyncStream of Asio's. Its deadline is a note: whoever keeps the
// connections looks now and then which are late, and closes them. A timer of its own, set anew for
// each phase of each request, would cost more than reading the request.
class Stream {
 public:
    using Socket = boost::asio::ip::tcp::socket;
    using executor_type = Socket::executor_type;
    using Time = std::chrono::steady_clock::time_point;

    // Without TLS where the context is null. Keeps the context.
    Stream(Socket socket, TlsContext tls);

    executor_type get_executor() { return lowest().get_executor(); }
    Socket& socket() { return lowest(); }
    void expires_after(std::chrono::nanoseconds time) {
        deadline_ = std::chrono::steady_clock::now() + time;
    }
    void expires_never() { deadline_ = Time::max(); }
    [[nodiscard]] bool is_late(Time now) const { return now > deadline_; }
    // What is under way ends with an error.
    void close();

    // The handshake, where there is one; false when it failed or took longer than `time`.
    boost::asio::awaitable<bool> start(std::chrono::nanoseconds time);

    // Says good-bye, where TLS does, and closes.
    boost::asio::awaitable<void> finish();

    template <typename Buffers, typename Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        if (Tls* const tls = std::get_if<Tls>(&stream_); tls != nullptr) {
            return tls->async_read_some(buffers, std::forward<Token>(token));
        }
        return std::get<Socket>(stream_).async_read_some(buffers, std::forward<Token>(token));
    }

    template <typename Buffers, typename Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        if (Tls* const tls = std::get_if<Tls>(&stream_); tls != nullptr) {
            return tls->async_write_some(buffers, std::forward<Token>(token));
        }
        return std::get<Socket>(stream_).async_write_some(buffers, std::forward<Token>(token));
    }

 private:
    using Tls = boost::beast::ssl_stream<Socket>;

    Socket& lowest();

    TlsContext context_;
    std::variant<Socket, Tls> stream_;
    Time deadline_ = Time::max();
    bool greeted_ = false;  // the handshake was made
};

}  // namespace tidemark::http
