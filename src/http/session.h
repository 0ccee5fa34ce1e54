#pragma once
// Session: one connection of the server: its requests are read and answered in their order, one at
// a time. Only the server's own sources include this.

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "http/event_stream.h"
#include "http/problem.h"
#include "http/server.h"
#include "http/stream.h"

namespace tidemark::http {

class Session;

// What a session needs of the server that it is one of. On the server's thread.
class SessionHost {
 public:
    SessionHost() = default;
    SessionHost(const SessionHost&) = delete;
    SessionHost& operator=(const SessionHost&) = delete;
    virtual ~SessionHost() = default;

    [[nodiscard]] virtual const ServerOptions& options() const = 0;
    [[nodiscard]] virtual Service& service() = 0;
    // No further request is begun.
    [[nodiscard]] virtual bool draining() const = 0;
    // Of a request that brings no name of its own.
    virtual std::string next_id() = 0;

    // Calls the session's ask_now() soon.
    virtual void ask_soon(Session& session) = 0;
    // From any thread: calls the session's go_on() soon, on its own.
    virtual void take_answer(Session& session, Response response) = 0;
};

// On the server's thread. The host keeps it until serve() is over.
class Session : public std::enable_shared_from_this<Session> {
 public:
    Session(SessionHost& host, Stream stream, std::string peer)
        : host_(host), stream_(std::move(stream)), peer_(std::move(peer)) {}

    boost::asio::awaitable<void> serve();

    [[nodiscard]] bool is_idle() const { return idle_; }
    [[nodiscard]] const std::string& peer() const { return peer_; }
    void close() { stream_.close(); }
    // Closes it when a phase took longer than it may.
    void close_if_late(Stream::Time now) {
        if (stream_.is_late(now)) {
            stream_.close();
        }
    }
    // Once each after it said ask_soon(): has the service asked, has what waits for the answer go
    // on.
    void ask_now();
    void go_on(Response answer);
    void end_events() {
        if (events_ != nullptr) {
            events_->end();
        }
    }

 private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

    boost::asio::awaitable<bool> wait_for_request();
    boost::asio::awaitable<bool> answer_one();
    boost::asio::awaitable<std::optional<Problem>> read_body(Parser& parser,
                                                             const RequestHead& head,
                                                             std::uint64_t bytes_max,
                                                             RequestBody& body);
    boost::asio::awaitable<Response> ask(const std::shared_ptr<Request>& request);
    boost::asio::awaitable<bool> write(const RequestHead& head, Response response, bool keep);
    boost::asio::awaitable<bool> write_events(const RequestHead& head, Response response);
    [[nodiscard]] std::string head_of_response(const RequestHead& head,
                                               const Response& response,
                                               bool keep,
                                               std::optional<std::uint64_t> content_length) const;
    void note(const RequestHead& head, int status, std::uint64_t bytes_out);
    boost::asio::awaitable<void> linger();

    SessionHost& host_;
    Stream stream_;
    std::string peer_;
    boost::beast::flat_buffer buffer_;
    bool idle_ = false;
    bool was_head_ = false;       // the request at hand asked for the head alone
    unsigned int version_ = 11;   // of the request at hand
    std::uint64_t bytes_in_ = 0;  // of its body
    std::chrono::steady_clock::time_point began_{};
    std::shared_ptr<Exchange> exchange_;  // of the request at hand, once it was let in
    std::shared_ptr<Request> asked_;      // until the service is asked
    std::function<void()> go_on_;         // while the answer is waited for
    Response answer_;
    std::exception_ptr failure_;           // instead of an answer
    std::shared_ptr<EventStream> events_;  // while they are sent
};

}  // namespace tidemark::http
