#include "sync/redis/redis_connection.h"

#include <array>
#include <variant>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace tidemark::redis {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// hiredis formats commands and understands replies, Asio moves the bytes: Debian's hiredis has no
// TLS, and its blocking calls have one timeout for each system call instead of a deadline.
struct Connection::Stream {
    Stream(Address to, const ConnectionOptions& with, asio::ssl::context tls)
        : address(std::move(to)),
          options(with),
          tls_context(std::move(tls)),
          stream(io, tls_context),
          reader(redisReaderCreate(), &redisReaderFree) {}

    Error unavailable(std::string_view doing, const std::string& why) const {
        return {ErrorKind::unavailable, fmt::format("{}: {}: {}", address.to_string(), doing, why)};
    }

    // Runs what was started on `io` until it is done; at the deadline the socket is closed, which
    // ends it.
    template <typename Start>
    Result<void> until_deadline(std::string_view doing, Start start) {
        std::optional<error_code> outcome;
        start([&outcome](error_code code, auto&&...) { outcome = code; });
        io.restart();
        io.run_until(deadline);
        if (!outcome.has_value()) {
            error_code ignored;
            stream.next_layer().close(ignored);
            io.run();
            return unavailable(doing, "timed out");
        }
        return outcome->failed() ? Result<void>(unavailable(doing, outcome->message()))
                                 : Result<void>();
    }

    void begin_exchange() { deadline = std::chrono::steady_clock::now() + options.timeout; }

    Result<void> connect();
    Result<void> start_tls();
    Result<void> send(const std::string& bytes);
    Result<Reply> receive();

    Address address;
    ConnectionOptions options;
    asio::io_context io;
    asio::ssl::context tls_context;
    asio::ssl::stream<tcp::socket> stream;  // its next layer alone where there is no TLS
    std::unique_ptr<redisReader, void (*)(redisReader*)> reader;
    std::chrono::steady_clock::time_point deadline{};
};

namespace {

Reply reply_of(const redisReply& from) {
    Reply reply;
    switch (from.type) {
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
            reply.kind = Reply::Kind::text;
            reply.text.assign(from.str, static_cast<std::size_t>(from.len));
            break;
        case REDIS_REPLY_ERROR:
            reply.kind = Reply::Kind::error;
            reply.text.assign(from.str, static_cast<std::size_t>(from.len));
            break;
        case REDIS_REPLY_INTEGER:
            reply.kind = Reply::Kind::integer;
            reply.integer = from.integer;
            break;
        case REDIS_REPLY_ARRAY:
            reply.kind = Reply::Kind::list;
            for (std::size_t i = 0; i < from.elements; ++i) {
                reply.elements.push_back(reply_of(*from.element[i]));
            }
            break;
        default:
            break;
    }
    return reply;
}

std::string formatted(const Command& command) {
    std::vector<const char*> words;
    std::vector<std::size_t> lengths;
    for (const std::string& word : command) {
        words.push_back(word.data());
        lengths.push_back(word.size());
    }
    char* text = nullptr;
    const int length =
        redisFormatCommandArgv(&text, static_cast<int>(words.size()), words.data(), lengths.data());
    if (length < 0) {
        return {};
    }
    std::string bytes(text, static_cast<std::size_t>(length));
    redisFreeCommand(text);
    return bytes;
}

}  // namespace

Result<void> Connection::Stream::connect() {
    tcp::resolver resolver(io);
    error_code code;
    // Asio resolves in the foreground: names of servers are in the hosts file or a near cache.
    const auto endpoints = resolver.resolve(address.host, address.port, code);
    if (code.failed()) {
        return unavailable("find the host", code.message());
    }
    TIDEMARK_RETURN_IF_ERROR(until_deadline(
        "connect", [&](auto done) { asio::async_connect(stream.next_layer(), endpoints, done); }));
    stream.next_layer().set_option(tcp::no_delay(true), code);
    return address.tls ? start_tls() : Result<void>();
}

Result<void> Connection::Stream::start_tls() {
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(address.host));
    if (SSL_set_tlsext_host_name(stream.native_handle(), address.host.c_str()) != 1) {
        return unavailable("start TLS", "the host's name cannot be sent");
    }
    Result<void> shaken = until_deadline("start TLS", [&](auto done) {
        stream.async_handshake(asio::ssl::stream_base::client, done);
    });
    if (!shaken.has_value() && SSL_get_verify_result(stream.native_handle()) != X509_V_OK) {
        return Error{ErrorKind::refused,
                     fmt::format("{}: its certificate is not trusted ({}); name its authority in "
                                 "[sync] redis_ca_file",
                                 address.to_string(),
                                 X509_verify_cert_error_string(
                                     SSL_get_verify_result(stream.native_handle())))};
    }
    return shaken;
}

Result<void> Connection::Stream::send(const std::string& bytes) {
    return until_deadline("send", [&](auto done) {
        if (address.tls) {
            asio::async_write(stream, asio::buffer(bytes), done);
        } else {
            asio::async_write(stream.next_layer(), asio::buffer(bytes), done);
        }
    });
}

Result<Reply> Connection::Stream::receive() {
    std::array<char, 16384> bytes{};
    while (true) {
        void* raw = nullptr;
        if (redisReaderGetReply(reader.get(), &raw) != REDIS_OK) {
            return unavailable("read a reply", reader->errstr);
        }
        if (raw != nullptr) {
            const std::unique_ptr<redisReply, void (*)(void*)> reply(static_cast<redisReply*>(raw),
                                                                     &freeReplyObject);
            return reply_of(*reply);
        }
        std::size_t count = 0;
        TIDEMARK_RETURN_IF_ERROR(until_deadline("read a reply", [&](auto done) {
            auto counted = [&count, done](error_code code, std::size_t size) mutable {
                count = size;
                done(code);
            };
            if (address.tls) {
                stream.async_read_some(asio::buffer(bytes), std::move(counted));
            } else {
                stream.next_layer().async_read_some(asio::buffer(bytes), std::move(counted));
            }
        }));
        redisReaderFeed(reader.get(), bytes.data(), count);
    }
}

Connection::Connection(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const Address& address,
                                                     const ConnectionOptions& options) {
    asio::ssl::context tls(asio::ssl::context::tls_client);
    error_code code;
    tls.set_default_verify_paths(code);
    if (!options.ca_file.empty()) {
        tls.load_verify_file(options.ca_file, code);
        if (code.failed()) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("redis_ca_file '{}': {}", options.ca_file, code.message())};
        }
    }
    auto stream = std::make_unique<Stream>(address, options, std::move(tls));
    stream->begin_exchange();
    TIDEMARK_RETURN_IF_ERROR(stream->connect());
    std::unique_ptr<Connection> connection(new Connection(std::move(stream)));
    std::vector<Command> greeting;
    if (!address.password.empty()) {
        greeting.push_back(address.user.empty() ? Command{"AUTH", address.password}
                                                : Command{"AUTH", address.user, address.password});
    }
    greeting.push_back({"SELECT", std::to_string(address.database)});
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Reply> replies, connection->exchange(greeting));
    for (const Reply& reply : replies) {
        if (reply.kind == Reply::Kind::error) {
            return Error{ErrorKind::refused,
                         fmt::format("{}: {}", address.to_string(), reply.text)};
        }
    }
    return connection;
}

Result<std::vector<Reply>> Connection::exchange(const std::vector<Command>& commands) {
    stream_->begin_exchange();
    std::string bytes;
    for (const Command& command : commands) {
        bytes += formatted(command);
    }
    TIDEMARK_RETURN_IF_ERROR(stream_->send(bytes));
    std::vector<Reply> replies;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        TIDEMARK_ASSIGN_OR_RETURN(Reply reply, stream_->receive());
        replies.push_back(std::move(reply));
    }
    return replies;
}

}  // namespace tidemark::redis
