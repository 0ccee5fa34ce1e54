#include "http/server.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <exception>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "http/event_stream.h"
#include "http/problem.h"
#include "http/request_head.h"
#include "http/stream.h"
#include "http/wire_texts.h"

namespace tidemark::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;
using Parser = beast::http::request_parser<beast::http::buffer_body>;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;

// What an idle connection holds for the bytes to come.
constexpr std::size_t first_bytes = 512;

// What is read and thrown away after a refusal, so that the other side can read the answer before
// the connection is reset.
constexpr std::size_t linger_bytes_max = std::size_t{4} << 20U;
constexpr std::chrono::seconds linger_time{2};

class TcpServer;

// One connection.
class Session : public std::enable_shared_from_this<Session> {
 public:
    Session(TcpServer& server, Stream stream, std::string peer)
        : server_(server), stream_(std::move(stream)), peer_(std::move(peer)) {}

    asio::awaitable<void> serve();

    [[nodiscard]] bool is_idle() const { return idle_; }
    [[nodiscard]] const std::string& peer() const { return peer_; }
    void close() { stream_.close(); }
    void end_events() {
        if (events_ != nullptr) {
            events_->end();
        }
    }

 private:
    asio::awaitable<bool> wait_for_request();
    asio::awaitable<bool> answer_one();
    asio::awaitable<std::optional<Problem>> read_body(Parser& parser,
                                                      const RequestHead& head,
                                                      std::uint64_t bytes_max,
                                                      RequestBody& body);
    asio::awaitable<Response> ask(const std::shared_ptr<Request>& request);
    asio::awaitable<bool> write(const RequestHead& head, Response response, bool keep);
    asio::awaitable<bool> write_events(const RequestHead& head, Response response);
    [[nodiscard]] std::string head_of_response(const RequestHead& head,
                                               const Response& response,
                                               bool keep,
                                               std::optional<std::uint64_t> content_length) const;
    void note(const RequestHead& head, int status, std::uint64_t bytes_out);
    asio::awaitable<void> linger();

    TcpServer& server_;
    Stream stream_;
    std::string peer_;
    beast::flat_buffer buffer_;
    bool idle_ = false;
    bool was_head_ = false;       // the request at hand asked for the head alone
    unsigned int version_ = 11;   // of the request at hand
    std::uint64_t bytes_in_ = 0;  // of its body
    SteadyTime began_{};
    std::shared_ptr<Exchange> exchange_;   // of the request at hand, once it was let in
    std::shared_ptr<EventStream> events_;  // while they are sent
};

class TcpServer final : public Server {
 public:
    TcpServer(const ServerOptions& options, Service& service)
        : options_(options), service_(service), acceptor_(io_), tick_(io_), hangups_(io_) {
        std::random_device device;
        id_prefix_ = fmt::format("{:08x}", device());
    }

    Result<void> bind();
    Result<void> load_certificate();
    [[nodiscard]] std::uint16_t port() const override { return port_; }
    void run(const std::atomic<bool>& stop) override;
    [[nodiscard]] ServerFigures figures() const override {
        return {.connections = connections_.load(),
                .connections_total = connections_total_.load(),
                .connections_refused = connections_refused_.load()};
    }

    [[nodiscard]] const ServerOptions& options() const { return options_; }
    [[nodiscard]] Service& service() { return service_; }
    [[nodiscard]] bool draining() const { return draining_; }
    std::string next_id() { return fmt::format("{}-{}", id_prefix_, ++ids_); }

 private:
    asio::awaitable<void> accept();
    asio::awaitable<void> watch(const std::atomic<bool>& stop);
    asio::awaitable<void> reload_on_hangup();
    bool may_enter(const std::string& peer);
    void start(tcp::socket socket, std::string peer);
    void leave(const std::shared_ptr<Session>& session);
    void close_sessions(bool idle_only);

    const ServerOptions options_;
    Service& service_;
    asio::io_context io_{1};
    tcp::acceptor acceptor_;
    asio::steady_timer tick_;
    asio::signal_set hangups_;
    TlsContext tls_;  // null: none
    std::uint16_t port_ = 0;
    bool draining_ = false;
    std::set<std::shared_ptr<Session>> sessions_;
    std::map<std::string, std::size_t> by_address_;
    std::string id_prefix_;
    std::uint64_t ids_ = 0;
    std::atomic<std::size_t> connections_{0};
    std::atomic<std::uint64_t> connections_total_{0};
    std::atomic<std::uint64_t> connections_refused_{0};
};

asio::awaitable<void> Session::serve() {
    const std::shared_ptr<Session> self = shared_from_this();
    bool keep = co_await stream_.start(server_.options().header_time);
    while (keep) {
        keep = co_await wait_for_request();
        if (keep) {
            keep = co_await answer_one();
        }
    }
    co_await stream_.finish();
}

// False when the connection is to end.
asio::awaitable<bool> Session::wait_for_request() {
    if (buffer_.size() > 0) {
        co_return true;  // pipelined: it is here already
    }
    if (server_.draining()) {
        co_return false;
    }
    buffer_.shrink_to_fit();
    idle_ = true;
    stream_.expires_after(server_.options().idle_time);
    const auto [error, count] =
        co_await stream_.async_read_some(buffer_.prepare(first_bytes), as_tuple);
    idle_ = false;
    if (error) {
        co_return false;
    }
    buffer_.commit(count);
    co_return true;
}

asio::awaitable<bool> Session::answer_one() {
    began_ = std::chrono::steady_clock::now();
    bytes_in_ = 0;
    exchange_.reset();
    was_head_ = false;
    version_ = 11;
    Parser parser;
    parser.header_limit(server_.options().header_bytes_max);
    parser.body_limit(boost::none);  // judged once it is known what for
    stream_.expires_after(server_.options().header_time);
    const auto [error, count] =
        co_await beast::http::async_read_header(stream_, buffer_, parser, as_tuple);
    RequestHead nothing_known{
        .id = server_.next_id(), .method = {}, .target = {}, .fields = {}, .peer = peer_};
    if (error) {
        const std::optional<Problem> problem = problem_of_head(error);
        if (problem.has_value()) {
            co_await write(nothing_known, to_response(*problem), false);
            co_await linger();
        }
        co_return false;
    }
    version_ = parser.get().version();
    was_head_ = parser.get().method() == beast::http::verb::head;
    Result<RequestHead> read = head_of(parser.get().base(), peer_, nothing_known.id);
    if (!read.has_value()) {
        co_await write(nothing_known, to_response(problem_of(read.error())), false);
        co_await linger();
        co_return false;
    }
    auto request = std::make_shared<Request>(Request{
        .head = std::move(read).value(), .body = RequestBody(server_.options().spool_directory)});
    if (parser.content_length().has_value()) {
        request->head.content_length = *parser.content_length();
    }
    auto admitted = server_.service().admit(request->head);
    if (Response* refusal = std::get_if<Response>(&admitted); refusal != nullptr) {
        const bool whole = parser.is_done();
        const bool keep = whole && parser.keep_alive();
        const bool written = co_await write(request->head, std::move(*refusal), keep);
        if (!whole) {
            co_await linger();
        }
        co_return written&& keep;
    }
    exchange_ = std::get<std::shared_ptr<Exchange>>(std::move(admitted));
    const std::optional<Problem> problem =
        co_await read_body(parser, request->head, exchange_->body_bytes_max(), request->body);
    if (problem.has_value()) {
        if (problem->status != 0) {
            co_await write(request->head, to_response(*problem), false);
            co_await linger();
        }
        co_return false;
    }
    bytes_in_ = request->body.size();
    stream_.expires_never();
    Response response = co_await ask(request);
    const bool keep = parser.keep_alive() && !server_.draining();
    const bool written = co_await write(request->head, std::move(response), keep);
    co_return written&& keep;
}

// Nothing when the body is whole. Status 0: the other side is gone.
asio::awaitable<std::optional<Problem>> Session::read_body(Parser& parser,
                                                           const RequestHead& head,
                                                           std::uint64_t bytes_max,
                                                           RequestBody& body) {
    if (parser.is_done()) {
        co_return std::nullopt;
    }
    const Problem too_large{
        .status = 413,
        .detail = fmt::format("the body is larger than {} bytes; send it in parts, each a batch "
                              "of its own",
                              bytes_max),
        .field = "Content-Length",
        .value =
            head.content_length.has_value() ? std::to_string(*head.content_length) : "chunked"};
    if (head.content_length.value_or(0) > bytes_max) {
        co_return too_large;
    }
    stream_.expires_after(server_.options().body_time);
    const auto expected = head.fields.find("Expect");
    if (expected.has_value() &&
        beast::iequals({expected->data(), expected->size()}, "100-continue")) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto [error, count] =
            co_await asio::async_write(stream_, asio::buffer(go_on.data(), go_on.size()), as_tuple);
        if (error) {
            co_return Problem{.status = 0, .detail = {}};
        }
    }
    // Most bodies are small, and memory that is written over need not be cleared.
    const std::size_t chunk_size =
        std::clamp<std::uint64_t>(head.content_length.value_or(chunk_bytes), 1, chunk_bytes);
    const auto chunk = std::make_unique_for_overwrite<char[]>(chunk_size);
    while (!parser.is_done()) {
        parser.get().body().data = chunk.get();
        parser.get().body().size = chunk_size;
        const auto [error, count] =
            co_await beast::http::async_read(stream_, buffer_, parser, as_tuple);
        if (error && error != beast::http::error::need_buffer) {
            const std::optional<Problem> problem = problem_of_head(error);
            co_return problem.value_or(Problem{.status = 0, .detail = {}});
        }
        const std::size_t got = chunk_size - parser.get().body().size;
        if (body.size() + got > bytes_max) {
            co_return too_large;
        }
        const Result<void> kept = body.append({chunk.get(), got});
        if (!kept.has_value()) {
            co_return problem_of(kept.error());
        }
    }
    co_return std::nullopt;
}

// Waits for the service's answer without holding the thread.
asio::awaitable<Response> Session::ask(const std::shared_ptr<Request>& request) {
    const auto executor = co_await asio::this_coro::executor;
    // Named, and holding references alone: GCC 12 destroys twice what is captured by a lambda
    // within an awaited expression.
    const auto begin = [this, &request, &executor](auto handler) {
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        // Keeps the server running until the answer is there; given up on its own thread.
        auto guard = std::make_shared<asio::executor_work_guard<asio::any_io_executor>>(executor);
        exchange_->answer(request, [waiting, guard](Response answer) {
            auto answered = std::make_shared<Response>(std::move(answer));
            asio::post(guard->get_executor(), [waiting, guard, answered] {
                (*waiting)(std::move(*answered));
                guard->reset();
            });
        });
    };
    Response response =
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Response)>(
            begin, asio::use_awaitable);
    co_return response;
}

std::string Session::head_of_response(const RequestHead& head,
                                      const Response& response,
                                      bool keep,
                                      std::optional<std::uint64_t> content_length) const {
    return response_head(response,
                         {.version_11 = version_ >= 11,
                          .keep_alive = keep,
                          .content_length = content_length,
                          .id = head.id,
                          .now = std::time(nullptr)});
}

void Session::note(const RequestHead& head, int status, std::uint64_t bytes_out) {
    server_.service().note({.head = head,
                            .actor = exchange_ == nullptr ? std::string_view() : exchange_->actor(),
                            .status = status,
                            .bytes_in = bytes_in_,
                            .bytes_out = bytes_out,
                            .took = std::chrono::duration_cast<std::chrono::microseconds>(
                                std::chrono::steady_clock::now() - began_)});
}

asio::awaitable<bool> Session::write(const RequestHead& head, Response response, bool keep) {
    if (response.events != nullptr && !was_head_) {
        const bool kept = co_await write_events(head, std::move(response));
        co_return kept;
    }
    const bool has_content = response.status != 304;
    const std::string text = head_of_response(
        head, response, keep, has_content ? std::optional(response.body.size()) : std::nullopt);
    const std::string_view body =
        was_head_ || !has_content ? std::string_view() : std::string_view(response.body);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(text), asio::buffer(body)};
    stream_.expires_after(server_.options().write_time);
    const auto [error, count] = co_await asio::async_write(stream_, buffers, as_tuple);
    note(head, response.status, count);
    co_return !error;
}

// Until the stream ends or the other side is gone; the end of the connection is that of the answer.
asio::awaitable<bool> Session::write_events(const RequestHead& head, Response response) {
    const std::string text = head_of_response(head, response, false, std::nullopt);
    stream_.expires_after(server_.options().write_time);
    auto [error, bytes] = co_await asio::async_write(stream_, asio::buffer(text), as_tuple);
    events_ = response.events;
    const auto pause = std::make_shared<asio::steady_timer>(stream_.get_executor());
    events_->on_put([pause] { asio::post(pause->get_executor(), [pause] { pause->cancel(); }); });
    while (!error && !server_.draining()) {
        EventStream::Taken taken = events_->take();
        if (taken.text.empty()) {
            if (taken.ended) {
                break;
            }
            pause->expires_after(server_.options().silence_time);
            const auto [woken] = co_await pause->async_wait(as_tuple);
            if (woken) {
                continue;
            }
            taken.text = ":\n\n";  // a remark that says nothing: is the other side there still?
        }
        stream_.expires_after(server_.options().write_time);
        const auto [failed, count] =
            co_await asio::async_write(stream_, asio::buffer(taken.text), as_tuple);
        error = failed;
        bytes += count;
    }
    events_->on_put({});
    events_.reset();
    note(head, response.status, bytes);
    co_return false;
}

asio::awaitable<void> Session::linger() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(linger_time);
    std::vector<char> waste(chunk_bytes);
    for (std::size_t read = 0; read < linger_bytes_max;) {
        const auto [error, count] = co_await stream_.async_read_some(asio::buffer(waste), as_tuple);
        if (error) {
            break;
        }
        read += count;
    }
}

Result<void> TcpServer::bind() {
    error_code error;
    const auto address = asio::ip::make_address(options_.address, error);
    if (error) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("address '{}': not an IP address", options_.address)};
    }
    const tcp::endpoint endpoint(address, options_.port);
    const auto step = [&](auto&& call) {
        if (!error) {
            call();
        }
    };
    step([&] { acceptor_.open(endpoint.protocol(), error); });
    step([&] { acceptor_.set_option(tcp::acceptor::reuse_address(true), error); });
    step([&] { acceptor_.bind(endpoint, error); });
    step([&] { acceptor_.listen(asio::socket_base::max_listen_connections, error); });
    if (tls_ != nullptr) {
        step([&] { hangups_.add(SIGHUP, error); });
    }
    if (error) {
        return Error{ErrorKind::unavailable,
                     fmt::format("address {} port {}: cannot be listened on: {}",
                                 options_.address,
                                 options_.port,
                                 error.message())};
    }
    port_ = acceptor_.local_endpoint(error).port();
    return {};
}

void TcpServer::run(const std::atomic<bool>& stop) {
    asio::co_spawn(io_, accept(), asio::detached);
    asio::co_spawn(io_, watch(stop), asio::detached);
    if (tls_ != nullptr) {
        asio::co_spawn(io_, reload_on_hangup(), asio::detached);
    }
    io_.run();
}

Result<void> TcpServer::load_certificate() {
    if (options_.certificate_file.empty() && options_.key_file.empty()) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(tls_, load_tls_context(options_.certificate_file, options_.key_file));
    return {};
}

asio::awaitable<void> TcpServer::reload_on_hangup() {
    while (true) {
        const auto [error, signal] = co_await hangups_.async_wait(as_tuple);
        if (error) {
            co_return;
        }
        const Result<void> loaded = load_certificate();
        if (loaded.has_value()) {
            log_event(LogLevel::info,
                      "http.certificate_loaded",
                      {{"certificate", options_.certificate_file}});
        } else {
            log_event(
                LogLevel::error, "http.certificate_refused", {{"error", loaded.error().message}});
        }
    }
}

asio::awaitable<void> TcpServer::accept() {
    while (acceptor_.is_open()) {
        tcp::socket socket(io_);
        const auto [error] = co_await acceptor_.async_accept(socket, as_tuple);
        if (error == asio::error::operation_aborted) {
            co_return;
        }
        if (error) {
            // Out of descriptors, most likely: those that end give theirs back.
            asio::steady_timer pause(io_, std::chrono::milliseconds(100));
            co_await pause.async_wait(as_tuple);
            continue;
        }
        error_code unknown;
        std::string peer = socket.remote_endpoint(unknown).address().to_string();
        if (!may_enter(peer)) {
            connections_refused_.fetch_add(1);
            continue;
        }
        start(std::move(socket), std::move(peer));
    }
}

bool TcpServer::may_enter(const std::string& peer) {
    const auto known = by_address_.find(peer);
    return sessions_.size() < options_.connections_max &&
           (known == by_address_.end() || known->second < options_.connections_per_address_max);
}

void TcpServer::start(tcp::socket socket, std::string peer) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    ++by_address_[peer];
    auto session =
        std::make_shared<Session>(*this, Stream(std::move(socket), tls_), std::move(peer));
    sessions_.insert(session);
    connections_.store(sessions_.size());
    connections_total_.fetch_add(1);
    asio::co_spawn(io_, session->serve(), [this, session](std::exception_ptr failure) {
        if (failure != nullptr) {
            // Memory ran out, most likely: this connection ends, the others go on.
            log_event(LogLevel::error, "http.session_failed", {{"peer", session->peer()}});
        }
        leave(session);
    });
}

void TcpServer::leave(const std::shared_ptr<Session>& session) {
    sessions_.erase(session);
    connections_.store(sessions_.size());
    const auto found = by_address_.find(session->peer());
    if (--found->second == 0) {
        by_address_.erase(found);
    }
}

void TcpServer::close_sessions(bool idle_only) {
    for (const std::shared_ptr<Session>& session : sessions_) {
        session->end_events();
        if (!idle_only || session->is_idle()) {
            session->close();
        }
    }
}

// Looks now and then: a signal's flag cannot wake anybody.
asio::awaitable<void> TcpServer::watch(const std::atomic<bool>& stop) {
    std::optional<SteadyTime> deadline;
    while (!draining_ || !sessions_.empty()) {
        tick_.expires_after(std::chrono::milliseconds(20));
        co_await tick_.async_wait(as_tuple);
        const SteadyTime now = std::chrono::steady_clock::now();
        if (stop.load() && !draining_) {
            draining_ = true;
            deadline = now + options_.drain_time;
            error_code ignored;
            acceptor_.close(ignored);
            hangups_.cancel(ignored);
            close_sessions(true);
        }
        if (deadline.has_value() && now > *deadline) {
            close_sessions(false);
        }
    }
}

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(const ServerOptions& options, Service& service) {
    auto server = std::make_unique<TcpServer>(options, service);
    TIDEMARK_RETURN_IF_ERROR(server->load_certificate());
    TIDEMARK_RETURN_IF_ERROR(server->bind());
    return std::unique_ptr<Server>(std::move(server));
}

Result<bool> is_loopback(const std::string& address) {
    error_code error;
    const auto parsed = asio::ip::make_address(address, error);
    if (error) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("address '{}': not an IP address", address)};
    }
    return parsed.is_loopback();
}

}  // namespace tidemark::http
