#include "http/stream.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

namespace tidemark::http {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

// Of the other side's good-bye.
constexpr std::chrono::seconds finish_time{2};

Error unusable(const std::string& what, const std::string& file, const error_code& error) {
    return {ErrorKind::invalid_input, fmt::format("{} '{}': {}", what, file, error.message())};
}

}  // namespace

Result<TlsContext> load_tls_context(const std::string& certificate_file,
                                    const std::string& key_file) {
    if (certificate_file.empty() || key_file.empty()) {
        return Error{ErrorKind::invalid_input,
                     "TLS needs both a certificate and its key, as PEM files"};
    }
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    SSL_CTX* const native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    // A connection that waits keeps no buffers.
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    // A key under a passphrase is refused; OpenSSL would ask on the terminal.
    error_code error;
    context->set_password_callback([](std::size_t, auto) { return std::string(); }, error);
    context->use_certificate_chain_file(certificate_file, error);
    if (error) {
        return unusable("certificate", certificate_file, error);
    }
    context->use_private_key_file(key_file, asio::ssl::context::pem, error);
    if (error) {
        return with_context(fmt::format("of certificate '{}'", certificate_file),
                            unusable("key", key_file, error));
    }
    return context;
}

Stream::Stream(Socket socket, TlsContext tls)
    : context_(std::move(tls)), stream_(std::in_place_type<Socket>, std::move(socket)) {
    if (context_ != nullptr) {
        Socket plain = std::get<Socket>(std::move(stream_));
        stream_.emplace<Tls>(std::move(plain), *context_);
    }
}

Stream::Socket& Stream::lowest() {
    Tls* const tls = std::get_if<Tls>(&stream_);
    return tls != nullptr ? tls->next_layer() : std::get<Socket>(stream_);
}

void Stream::close() {
    error_code ignored;
    lowest().close(ignored);
}

asio::awaitable<bool> Stream::start(std::chrono::nanoseconds time) {
    Tls* const tls = std::get_if<Tls>(&stream_);
    if (tls == nullptr) {
        co_return true;
    }
    expires_after(time);
    const auto [error] = co_await tls->async_handshake(asio::ssl::stream_base::server, as_tuple);
    greeted_ = !error;
    co_return greeted_;
}

asio::awaitable<void> Stream::finish() {
    if (greeted_) {
        expires_after(finish_time);
        (void)co_await std::get<Tls>(stream_).async_shutdown(as_tuple);
    }
    error_code ignored;
    socket().shutdown(Socket::shutdown_both, ignored);
    close();
}

}  // namespace tidemark::http
