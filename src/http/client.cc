#include "http/client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace tidemark::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

// What is read of an answer; the status is all that counts.
constexpr std::uint64_t answer_bytes_max = 65536;

class Exchange {
 public:
    Exchange(const Url& url, std::chrono::milliseconds timeout)
        : url_(url),
          tls_(asio::ssl::context::tls_client),
          stream_(io_, tls_),
          deadline_(std::chrono::steady_clock::now() + timeout) {}

    Result<int> post(const Fields& fields, const std::string& body);

 private:
    // Runs what was started until it is done; at the deadline the socket is closed, which ends it.
    template <typename Start>
    Result<void> until_deadline(std::string_view doing, Start start) {
        std::optional<error_code> outcome;
        start([&outcome](error_code code, auto&&...) { outcome = code; });
        io_.restart();
        io_.run_until(deadline_);
        if (!outcome.has_value()) {
            error_code ignored;
            stream_.next_layer().close(ignored);
            io_.run();
            return unavailable(doing, "timed out");
        }
        return outcome->failed() ? Result<void>(unavailable(doing, outcome->message()))
                                 : Result<void>();
    }

    [[nodiscard]] Error unavailable(std::string_view doing, const std::string& why) const {
        return {ErrorKind::unavailable,
                fmt::format("{}:{}: {}: {}", url_.host, url_.port, doing, why)};
    }

    Result<void> connect();
    Result<void> start_tls();
    template <typename Stream>
    Result<int> ask(Stream& stream, const beast::http::request<beast::http::string_body>& request);

    const Url& url_;
    asio::io_context io_;
    asio::ssl::context tls_;
    asio::ssl::stream<tcp::socket> stream_;  // its next layer alone where there is no TLS
    std::chrono::steady_clock::time_point deadline_;
};

Result<void> Exchange::connect() {
    tcp::resolver resolver(io_);
    error_code code;
    const auto endpoints = resolver.resolve(url_.host, url_.port, code);
    if (code.failed()) {
        return unavailable("looking up the name", code.message());
    }
    return until_deadline("connecting", [&](auto done) {
        asio::async_connect(stream_.next_layer(), endpoints, std::move(done));
    });
}

Result<void> Exchange::start_tls() {
    error_code code;
    SSL_set_min_proto_version(stream_.native_handle(), TLS1_2_VERSION);
    tls_.set_default_verify_paths(code);
    stream_.set_verify_mode(asio::ssl::verify_peer, code);
    stream_.set_verify_callback(asio::ssl::host_name_verification(url_.host), code);
    if (SSL_set_tlsext_host_name(stream_.native_handle(), url_.host.c_str()) != 1) {
        return unavailable("starting TLS", "the name cannot be sent");
    }
    return until_deadline("starting TLS", [&](auto done) {
        stream_.async_handshake(asio::ssl::stream_base::client, std::move(done));
    });
}

template <typename Stream>
Result<int> Exchange::ask(Stream& stream,
                          const beast::http::request<beast::http::string_body>& request) {
    TIDEMARK_RETURN_IF_ERROR(until_deadline(
        "sending", [&](auto done) { beast::http::async_write(stream, request, std::move(done)); }));
    beast::flat_buffer buffer;
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(answer_bytes_max);
    TIDEMARK_RETURN_IF_ERROR(until_deadline("waiting for an answer", [&](auto done) {
        beast::http::async_read_header(stream, buffer, parser, std::move(done));
    }));
    return static_cast<int>(parser.get().result_int());
}

Result<int> Exchange::post(const Fields& fields, const std::string& body) {
    beast::http::request<beast::http::string_body> request(
        beast::http::verb::post, url_.target, 11);
    const bool usual = url_.port == (url_.tls ? "443" : "80");
    const bool v6 = url_.host.find(':') != std::string::npos;
    const std::string name = v6 ? "[" + url_.host + "]" : url_.host;
    request.set(beast::http::field::host, usual ? name : name + ":" + url_.port);
    request.set(beast::http::field::user_agent, "tidemark");
    for (const auto& [field, value] : fields.all()) {
        request.set(field, value);
    }
    request.keep_alive(false);
    request.body() = body;
    request.prepare_payload();
    TIDEMARK_RETURN_IF_ERROR(connect());
    if (url_.tls) {
        TIDEMARK_RETURN_IF_ERROR(start_tls());
        return ask(stream_, request);
    }
    return ask(stream_.next_layer(), request);
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
    const Error malformed{
        ErrorKind::invalid_input,
        fmt::format("URL '{}': expected http://HOST[:PORT]/PATH or https://...", text)};
    Url url;
    std::string_view rest = text;
    if (rest.starts_with("https://")) {
        url.tls = true;
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else {
        return malformed;
    }
    const bool printable = std::ranges::all_of(
        rest, [](char character) { return character > ' ' && character <= '~'; });
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    std::string_view authority = rest.substr(0, end);
    url.target = std::string(rest.substr(end));
    if (!url.target.starts_with('/')) {
        url.target.insert(0, "/");
    }
    url.port = url.tls ? "443" : "80";
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        url.port = std::string(authority.substr(colon + 1));
        authority = authority.substr(0, colon);
    }
    if (authority.starts_with('[') && authority.ends_with(']')) {
        authority = authority.substr(1, authority.size() - 2);
    }
    url.host = std::string(authority);
    const bool numeric = !url.port.empty() && url.port.size() <= 5 &&
                         url.port.find_first_not_of("0123456789") == std::string::npos;
    if (!printable || url.host.empty() || !numeric ||
        url.host.find_first_of("@[]") != std::string::npos ||
        url.target.find('#') != std::string::npos) {
        return malformed;
    }
    return url;
}

Result<int> post(const Url& url,
                 const Fields& fields,
                 const std::string& body,
                 std::chrono::milliseconds timeout) {
    try {
        return Exchange(url, timeout).post(fields, body);
    } catch (const std::exception& failure) {  // Asio, out of descriptors or of memory
        return Error{ErrorKind::unavailable,
                     fmt::format("{}:{}: {}", url.host, url.port, failure.what())};
    }
}

}  // namespace tidemark::http
