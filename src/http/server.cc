#include "http/server.h"

#include <csignal>
#include <exception>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <boost/asio.hpp>
#include <fcntl.h>
#include <fmt/format.h>

#include "base/log.h"
#include "http/mailbox.h"
#include "http/session.h"
#include "http/stream.h"

namespace tidemark::http {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

// Asked at once, at most: the first of many that came together need not wait for all of them.
constexpr std::size_t asked_together_max = 8;

// How much longer than it may a phase takes at worst. Each look takes a moment for each of many
// connections.
constexpr std::chrono::milliseconds look_for_late_every{200};

// How long after a watched descriptor was readable the thread does not sleep, and after how long
// with nothing to do it sleeps nevertheless.
constexpr std::chrono::milliseconds awake_after_watched{1};
constexpr std::chrono::microseconds idle_before_sleep{50};

struct Answered {
    Session* session;
    Response response;
};

using Watched = asio::posix::stream_descriptor;

class TcpServer final : public Server, public SessionHost {
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

    [[nodiscard]] const ServerOptions& options() const override { return options_; }
    [[nodiscard]] Service& service() override { return service_; }
    [[nodiscard]] bool draining() const override { return draining_; }

    void call_soon(std::function<void()> call) override { asio::post(io_, std::move(call)); }
    [[nodiscard]] bool watch(int descriptor, std::function<bool()> readable) override;

    // Requests that came together are asked together: who answers is woken once for them.
    void ask_soon(Session& session) override;
    void take_answer(Session& session, Response response) override;
    std::string next_id() override { return fmt::format("{}-{}", id_prefix_, ++ids_); }

 private:
    void work_without_sleep();
    asio::awaitable<void> accept();
    asio::awaitable<void> look_after(const std::atomic<bool>& stop);
    asio::awaitable<void> reload_on_hangup();
    asio::awaitable<void> call_when_readable(std::shared_ptr<Watched> watched,
                                             std::function<bool()> readable);
    bool may_enter(const std::string& peer);
    void start(tcp::socket socket, std::string peer);
    void leave(const std::shared_ptr<Session>& session);
    void close_sessions(bool idle_only);
    void ask_all();
    void give_answers();

    const ServerOptions options_;
    Service& service_;
    asio::io_context io_{1};
    tcp::acceptor acceptor_;
    asio::steady_timer tick_;
    asio::signal_set hangups_;
    TlsContext tls_;  // null: none
    std::uint16_t port_ = 0;
    bool draining_ = false;
    SteadyTime awake_until_{};
    std::set<std::shared_ptr<Session>> sessions_;
    std::map<std::string, std::size_t> by_address_;
    std::vector<Session*> asking_;
    std::set<std::shared_ptr<Watched>> watched_;
    Mailbox<Answered> answers_;
    std::string id_prefix_;
    std::uint64_t ids_ = 0;
    std::atomic<std::size_t> connections_{0};
    std::atomic<std::uint64_t> connections_total_{0};
    std::atomic<std::uint64_t> connections_refused_{0};
};

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
    asio::co_spawn(io_, look_after(stop), asio::detached);
    if (tls_ != nullptr) {
        asio::co_spawn(io_, reload_on_hangup(), asio::detached);
    }
    while (!io_.stopped()) {
        work_without_sleep();
        io_.run_one();
    }
}

// Being woken costs more than these looks where the next request is on its way already.
void TcpServer::work_without_sleep() {
    SteadyTime now = std::chrono::steady_clock::now();
    SteadyTime worked = now;
    while (now < awake_until_ && now - worked < idle_before_sleep) {
        const bool has_worked = io_.poll() > 0;
        now = std::chrono::steady_clock::now();
        worked = has_worked ? now : worked;
    }
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

// A descriptor of its own for the same socket: its owner closes the other when he likes.
bool TcpServer::watch(int descriptor, std::function<bool()> readable) {
    // While it drains, those who are watched may have been told the end already.
    const int own = draining_ ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0) {
        return false;
    }
    auto watched = std::make_shared<Watched>(io_, own);
    watched_.insert(watched);
    asio::co_spawn(io_, call_when_readable(watched, std::move(readable)), asio::detached);
    return true;
}

asio::awaitable<void> TcpServer::call_when_readable(std::shared_ptr<Watched> watched,
                                                    std::function<bool()> readable) {
    bool goes_on = true;
    while (goes_on) {
        const auto [error] = co_await watched->async_wait(Watched::wait_read, as_tuple);
        goes_on = !error && readable();
        awake_until_ = std::chrono::steady_clock::now() + awake_after_watched;
    }
    watched_.erase(watched);
}

void TcpServer::ask_soon(Session& session) {
    asking_.push_back(&session);
    if (asking_.size() == asked_together_max) {
        ask_all();
    } else if (asking_.size() == 1) {
        asio::post(io_, [this] { ask_all(); });  // behind what came and was not read yet
    }
}

void TcpServer::ask_all() {
    for (Session* const session : std::exchange(asking_, {})) {
        session->ask_now();
    }
}

void TcpServer::take_answer(Session& session, Response response) {
    if (answers_.put({&session, std::move(response)})) {
        asio::post(io_, [this] { give_answers(); });
    }
}

void TcpServer::give_answers() {
    ask_all();  // who answers works meanwhile
    for (Answered& answered : answers_.take_all()) {
        answered.session->go_on(std::move(answered.response));
    }
}

// Looks now and then: a signal's flag cannot wake anybody, and no connection has a timer.
asio::awaitable<void> TcpServer::look_after(const std::atomic<bool>& stop) {
    std::optional<SteadyTime> deadline;
    SteadyTime looked_for_late{};
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
        if (now - looked_for_late >= look_for_late_every) {
            looked_for_late = now;
            for (const std::shared_ptr<Session>& session : sessions_) {
                session->close_if_late(now);
            }
        }
    }
    for (const std::shared_ptr<Watched>& watched : watched_) {
        error_code ignored;
        watched->cancel(ignored);
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
