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

// One thread at a time. An AsyncStream of Asio's; a deadline holds for all that is begun after it
// was set, and closes the connection.
class Stream {
 public:
    using executor_type = boost::beast::tcp_stream::executor_type;
    using Socket = boost::asio::ip::tcp::socket;

    // Without TLS where the context is null. Keeps the context.
    Stream(Socket socket, TlsContext tls);

    executor_type get_executor() { return lowest().get_executor(); }
    Socket& socket() { return lowest().socket(); }
    void expires_after(std::chrono::nanoseconds time) { lowest().expires_after(time); }
    void expires_never() { lowest().expires_never(); }
    void close() { lowest().close(); }

    // The handshake, where there is one; false when it failed or took longer than `time`.
    boost::asio::awaitable<bool> start(std::chrono::nanoseconds time);

    // Says good-bye, where TLS does, and closes.
    boost::asio::awaitable<void> finish();

    template <typename Buffers, typename Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        if (Tls* const tls = std::get_if<Tls>(&stream_); tls != nullptr) {
            return tls->async_read_some(buffers, std::forward<Token>(token));
        }
        return std::get<Plain>(stream_).async_read_some(buffers, std::forward<Token>(token));
    }

    template <typename Buffers, typename Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        if (Tls* const tls = std::get_if<Tls>(&stream_); tls != nullptr) {
            return tls->async_write_some(buffers, std::forward<Token>(token));
        }
        return std::get<Plain>(stream_).async_write_some(buffers, std::forward<Token>(token));
    }

 private:
    using Plain = boost::beast::tcp_stream;
    using Tls = boost::beast::ssl_stream<Plain>;

    Plain& lowest();

    TlsContext context_;
    std::variant<Plain, Tls> stream_;
    bool greeted_ = false;  // the handshake was made
};

}  // namespace tidemark::http
