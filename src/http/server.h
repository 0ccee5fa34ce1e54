#pragma once
// Server: HTTP/1.1 on sockets. Reads requests, within limits, and writes what a service answers.
//
// Connections are kept alive and may pipeline: the requests of one are answered in their order, one
// at a time. All of them live on the thread that calls run(), which never waits for anything but
// the network: answering may take other threads as long as it likes.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "http/message.h"

namespace tidemark::http {

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: one that is free
    std::uint32_t header_bytes_max = 16384;
    std::size_t connections_max = 12'000;
    std::size_t connections_per_address_max = 12'000;
    // From the beginning of each phase to its end, however the bytes come; looked at five
    // times a second.
    std::chrono::milliseconds idle_time{60'000};  // until a request begins
    std::chrono::milliseconds header_time{10'000};
    std::chrono::milliseconds body_time{120'000};
    std::chrono::milliseconds write_time{60'000};
    std::chrono::milliseconds silence_time{
        15'000};                                   // of an event stream, until it says "still here"
    std::chrono::milliseconds drain_time{20'000};  // of requests that were begun before the stop
    std::string spool_directory = "/tmp";          // of large bodies while they come
    // PEM files; TLS alone is spoken where they are given. SIGHUP reads them anew: connections
    // that there are go on with what they had, and so do all when the files cannot be used.
    std::string certificate_file;
    std::string key_file;
};

// One request that was let in, until its answer is there.
class Exchange {
 public:
    using Answered = std::function<void(Response)>;

    Exchange() = default;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    virtual ~Exchange() = default;

    // A larger body is refused; 0: none is taken.
    [[nodiscard]] virtual std::uint64_t body_bytes_max() const = 0;

    // Calls `answered` once, from any thread, now or later.
    virtual void answer(std::shared_ptr<Request> request, Answered answered) = 0;
};

// What became of a request, for the access log.
struct Outcome {
    const RequestHead& head;
    const Exchange* exchange = nullptr;  // null: it was not let in
    int status = 0;
    std::uint64_t bytes_in = 0;  // of the body
    std::uint64_t bytes_out = 0;
    std::chrono::microseconds took{0};  // from the request's first byte to the answer's last
};

// Called on the server's thread; must not wait.
class Service {
 public:
    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;

    // Whether the request is let in, decided before its body is read; a refusal ends the connection
    // when a body would have followed.
    virtual std::variant<Response, std::shared_ptr<Exchange>> admit(const RequestHead& head) = 0;

    // After each answer, refusals of the server's own included.
    virtual void note(const Outcome& outcome) = 0;
};

// Figures of the server's own.
struct ServerFigures {
    std::size_t connections = 0;          // open now
    std::uint64_t connections_total = 0;  // accepted so far
    std::uint64_t connections_refused = 0;
};

class Server {
 public:
    // Binds and listens; run() then serves. Borrows the service. Fails with invalid_input for an
    // address that is none and for a certificate that cannot be used, and with unavailable when the
    // address cannot be listened on.
    static Result<std::unique_ptr<Server>> listen(const ServerOptions& options, Service& service);
    Server() = default;
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    virtual ~Server() = default;

    [[nodiscard]] virtual std::uint16_t port() const = 0;

    // Serves until `stop` is set; then event streams end, and it serves until the requests that
    // were begun are answered, or drain_time is over and every call of answer() has answered.
    // Threads that answered may still be leaving then: they must be gone before the server is.
    virtual void run(const std::atomic<bool>& stop) = 0;

    // From any thread.
    [[nodiscard]] virtual ServerFigures figures() const = 0;

    // From any thread: calls it soon on the server's, once those who came together were asked; not
    // at all when the server ends before.
    virtual void call_soon(std::function<void()> call) = 0;

    // On the server's thread: calls `readable` whenever there is something to read, or the other
    // side has ended, until it says false or the server ends. The descriptor is open until then.
    // It is for what is asked again and again and answers within microseconds: for a millisecond
    // after each call the thread looks for more before it sleeps.
    // False: the server is about to end, or the process has no descriptor left; it is never called.
    [[nodiscard]] virtual bool watch(int descriptor, std::function<bool()> readable) = 0;
};

// True for an address that only this machine reaches: 127.0.0.0/8, ::1. Fails with invalid_input
// for what is no IP address.
Result<bool> is_loopback(const std::string& address);

}  // namespace tidemark::http
