// The server on real sockets, beside a service of the test's own.

#include "http/server.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "http/problem.h"
#include "support/http_client.h"
#include "unit/http/running_server.h"

namespace tidemark::http {
namespace {

using std::chrono::milliseconds;
using test::ask_once;
using test::HttpAnswer;
using test::HttpConnection;
using test::request_text;

// Answers what it was asked: method, path and the size of the body. `/wait` answers when told.
class EchoService final : public Service {
 public:
    static constexpr std::uint64_t body_bytes_max = 1'000'000;

    // Waits for threads that are still answering.
    void join() {
        for (std::thread& thread : threads_) {
            thread.join();
        }
        threads_.clear();
    }

    std::variant<Response, std::shared_ptr<Exchange>> admit(const RequestHead& head) override {
        if (head.target.segments == std::vector<std::string>{"refused"}) {
            return to_response({.status = 403, .detail = "not here"});
        }
        return std::make_shared<EchoExchange>(*this);
    }

    void note(const Outcome& outcome) override {
        const std::lock_guard lock(mutex_);
        ++statuses_[outcome.status];
        targets_.push_back(outcome.head.target.raw);
    }

    void let_go() {
        const std::lock_guard lock(mutex_);
        let_go_ = true;
        changed_.notify_all();
    }

    void wait_until_one_waits() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_ > 0; });
    }

    std::vector<std::string> targets() {
        const std::lock_guard lock(mutex_);
        return targets_;
    }

    std::map<int, int> statuses() {
        const std::lock_guard lock(mutex_);
        return statuses_;
    }

 private:
    class EchoExchange final : public Exchange {
     public:
        explicit EchoExchange(EchoService& service) : service_(service) {}
        [[nodiscard]] std::uint64_t body_bytes_max() const override {
            return EchoService::body_bytes_max;
        }
        void answer(std::shared_ptr<Request> request, Answered answered) override {
            const RequestHead& head = request->head;
            if (head.target.segments == std::vector<std::string>{"broken"}) {
                throw std::bad_alloc();
            }
            const Response response =
                text_response(200,
                              "text/plain",
                              fmt::format("{} {} {}",
                                          head.method,
                                          fmt::join(head.target.segments, "/"),
                                          request->body.size()));
            if (head.target.segments != std::vector<std::string>{"wait"}) {
                answered(response);
                return;
            }
            service_.threads_.emplace_back([this, response, answered] {
                std::unique_lock lock(service_.mutex_);
                ++service_.waiting_;
                service_.changed_.notify_all();
                service_.changed_.wait(lock, [this] { return service_.let_go_; });
                answered(response);
            });
        }

     private:
        EchoService& service_;
    };

    std::mutex mutex_;
    std::condition_variable changed_;
    bool let_go_ = false;
    int waiting_ = 0;
    std::map<int, int> statuses_;
    std::vector<std::string> targets_;
    std::vector<std::thread> threads_;
};

class ServerTest : public testing::Test {
 protected:
    void TearDown() override { stop(); }

    void start() { running.start(options, service); }

    void stop() {
        running.tell_to_stop();
        service.let_go();
        running.join();
        service.join();
    }

    [[nodiscard]] std::uint16_t port() const { return running.server().port(); }

    ServerOptions options;
    EchoService service;
    RunningServer running;
};

TEST_F(ServerTest, a_connection_is_kept_for_many_requests) {
    start();
    HttpConnection connection(port());
    for (int i = 0; i < 5; ++i) {
        const auto answer = connection.ask("POST", "/a/b?c=d", {}, std::string(70'000, 'x'));
        ASSERT_TRUE(answer.has_value());
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answer->body, "POST a/b 70000");
        EXPECT_EQ(answer->field("server"), "tidemark");
        EXPECT_FALSE(answer->field("date").empty());
    }
    EXPECT_EQ(running.server().figures().connections_total, 1U);
}

TEST_F(ServerTest, what_cannot_be_answered_ends_its_connection_alone) {
    start();
    HttpConnection other(port());
    ASSERT_TRUE(other.ask("GET", "/a").has_value());
    HttpConnection broken(port());
    EXPECT_FALSE(broken.ask("GET", "/broken").has_value());
    EXPECT_TRUE(other.ask("GET", "/a").has_value());
}

TEST_F(ServerTest, many_that_come_at_once_are_all_answered) {
    start();
    std::vector<HttpConnection> connections;
    for (int count = 0; count < 50; ++count) {
        connections.emplace_back(port());
    }
    for (int round = 0; round < 5; ++round) {
        for (std::size_t place = 0; place < connections.size(); ++place) {
            connections[place].send(request_text("GET", fmt::format("/{}", place)));
        }
        for (std::size_t place = 0; place < connections.size(); ++place) {
            const auto answer = connections[place].receive();
            ASSERT_TRUE(answer.has_value());
            EXPECT_EQ(answer->body, fmt::format("GET {} 0", place));
        }
    }
}

TEST_F(ServerTest, pipelined_requests_are_answered_in_their_order) {
    start();
    HttpConnection connection(port());
    std::string all;
    for (int i = 0; i < 50; ++i) {
        all += request_text(i % 2 == 0 ? "GET" : "POST",
                            fmt::format("/{}", i),
                            {},
                            i % 2 == 0 ? "" : std::string(static_cast<std::size_t>(i), 'x'));
    }
    ASSERT_TRUE(connection.send(all));
    for (int i = 0; i < 50; ++i) {
        const auto answer = connection.receive();
        ASSERT_TRUE(answer.has_value()) << i;
        EXPECT_EQ(answer->body,
                  fmt::format("{} {} {}", i % 2 == 0 ? "GET" : "POST", i, i % 2 == 0 ? 0 : i));
    }
}

TEST_F(ServerTest, the_head_alone_has_the_length_of_the_body) {
    start();
    HttpConnection connection(port());
    const auto head = connection.ask("HEAD", "/abc");
    ASSERT_TRUE(head.has_value());
    EXPECT_EQ(head->field("content-length"), "9");
    const auto next = connection.ask("GET", "/abc");
    ASSERT_TRUE(next.has_value());
    EXPECT_EQ(next->body, "GET abc 0");
}

TEST_F(ServerTest, a_request_is_named_by_the_id_it_brings_if_that_is_one) {
    start();
    EXPECT_EQ(ask_once(port(), "GET", "/", {{"X-Request-Id", "abc-1"}}).field("x-request-id"),
              "abc-1");
    const std::string own =
        ask_once(port(), "GET", "/", {{"X-Request-Id", "a b\tc"}}).field("x-request-id");
    EXPECT_FALSE(own.empty());
    EXPECT_NE(own, "a b\tc");
}

TEST_F(ServerTest, what_is_noted_is_what_was_asked) {
    start();
    std::vector<std::string> asked;
    HttpConnection connection(port());
    for (int i = 0; i < 20; ++i) {
        asked.push_back(fmt::format("/{}?a=a-rather-long-value-{}", i, i));
        ASSERT_TRUE(connection.ask("POST", asked.back(), {}, "body").has_value());
    }
    stop();
    EXPECT_EQ(service.targets(), asked);
}

TEST_F(ServerTest, what_is_not_http_is_refused_and_the_connection_ended) {
    start();
    struct Case {
        std::string bytes;
        int status;
    };
    const Case cases[] = {
        {"nonsense\r\n\r\n", 400},
        {"GET / HTTP/3.7\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},                           // no Host
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},     // two of them
        {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},        // a proxy's form
        {"GET /../x HTTP/1.1\r\nHost: a\r\n\r\n", 400},            // a way out
        {"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400},       // blank in a name
        {"GET / HTTP/1.1\r\nHost: a\r\n b: folded\r\n\r\n", 200},  // obsolete, allowed
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
         "0\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 431},
        {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
    };
    for (const Case& each : cases) {
        HttpConnection connection(port());
        (void)connection.send(each.bytes);
        const auto answer = connection.receive();
        ASSERT_TRUE(answer.has_value()) << each.bytes;
        EXPECT_EQ(answer->status, each.status) << each.bytes;
        if (each.status != 200) {
            EXPECT_TRUE(connection.ends()) << each.bytes;
        }
    }
}

TEST_F(ServerTest, a_body_larger_than_is_taken_is_refused_before_it_is_sent) {
    start();
    HttpConnection declared(port());
    (void)declared.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n");
    EXPECT_EQ(declared.receive()->status, 413);
    EXPECT_TRUE(declared.ends());
    HttpConnection chunked(port());
    (void)chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
    for (int i = 0; i < 20 && chunked.send(chunk); ++i) {
    }
    EXPECT_EQ(chunked.receive()->status, 413);
}

TEST_F(ServerTest, a_chunked_body_is_taken_whole) {
    start();
    HttpConnection connection(port());
    ASSERT_TRUE(
        connection.send("POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                        "Expect: 100-continue\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n"));
    EXPECT_EQ(connection.receive()->body, "POST c 7");
}

TEST_F(ServerTest, who_is_not_let_in_need_not_send_the_body) {
    start();
    HttpConnection connection(port());
    ASSERT_TRUE(
        connection.send("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n"));
    EXPECT_EQ(connection.receive()->status, 403);
    EXPECT_TRUE(connection.ends());
    EXPECT_EQ(service.statuses()[403], 1);
}

TEST_F(ServerTest, who_sends_too_slowly_is_let_go_whatever_trickles_in) {
    options.idle_time = milliseconds(300);
    options.header_time = milliseconds(300);
    options.body_time = milliseconds(300);
    start();
    HttpConnection idle(port());
    HttpConnection head(port());
    HttpConnection body(port());
    ASSERT_TRUE(head.send("GET / HTTP/1.1\r\nHost: a\r\nX"));
    ASSERT_TRUE(
        body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nonly a beginning"));
    std::thread trickle([&head] {
        while (head.send("x")) {
            std::this_thread::sleep_for(milliseconds(20));
        }
    });
    EXPECT_TRUE(idle.ends());
    EXPECT_TRUE(body.ends());
    trickle.join();
    EXPECT_EQ(ask_once(port(), "GET", "/").status, 200);
}

TEST_F(ServerTest, waiting_for_an_answer_keeps_nobody_else_waiting) {
    start();
    HttpConnection slow(port());
    ASSERT_TRUE(slow.send(request_text("GET", "/wait")));
    service.wait_until_one_waits();
    EXPECT_EQ(ask_once(port(), "GET", "/other").status, 200);
    service.let_go();
    EXPECT_EQ(slow.receive()->body, "GET wait 0");
}

TEST_F(ServerTest, calls_back_on_its_own_thread) {
    start();
    std::promise<std::thread::id> first;
    std::promise<std::thread::id> second;
    running.server().call_soon([&] {
        first.set_value(std::this_thread::get_id());
        running.server().call_soon([&] { second.set_value(std::this_thread::get_id()); });
    });
    const std::thread::id thread = first.get_future().get();
    EXPECT_NE(thread, std::this_thread::get_id());
    EXPECT_EQ(second.get_future().get(), thread);
}

TEST_F(ServerTest, watches_a_descriptor_until_it_is_told_not_to) {
    start();
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    std::promise<bool> watched;
    std::atomic<int> calls{0};
    std::promise<void> last;
    const auto readable = [&] {
        std::array<char, 1> byte{};
        EXPECT_EQ(read(ends[0], byte.data(), byte.size()), 1);
        ++calls;
        if (byte[0] == 'e') {
            last.set_value();
        }
        return byte[0] != 'e';
    };
    running.server().call_soon(
        [&] { watched.set_value(running.server().watch(ends[0], readable)); });
    ASSERT_TRUE(watched.get_future().get());
    EXPECT_EQ(calls, 0) << "there is nothing yet";
    for (const char byte : {'a', 'b', 'e'}) {
        const int before = calls;
        ASSERT_EQ(write(ends[1], &byte, 1), 1);
        while (calls == before) {
            std::this_thread::yield();
        }
    }
    last.get_future().get();
    ASSERT_EQ(write(ends[1], "x", 1), 1);
    EXPECT_EQ(ask_once(port(), "GET", "/").status, 200);  // the thread has been round since
    EXPECT_EQ(calls, 3);
    close(ends[0]);
    close(ends[1]);
}

TEST_F(ServerTest, a_stop_ends_what_it_watches) {
    start();
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    std::promise<bool> watched;
    const auto kept = std::make_shared<int>(0);
    running.server().call_soon([&] {
        watched.set_value(running.server().watch(ends[0], [kept] { return true; }));
    });
    ASSERT_TRUE(watched.get_future().get());
    running.tell_to_stop();
    running.join();
    EXPECT_EQ(kept.use_count(), 1) << "what was to be called is gone";
    EXPECT_EQ(write(ends[1], "x", 1), 1) << "the descriptor is its owner's still";
    close(ends[0]);
    close(ends[1]);
}

TEST_F(ServerTest, watches_nothing_more_once_it_is_to_stop) {
    start();
    std::thread asker([this] { ask_once(port(), "GET", "/wait"); });
    service.wait_until_one_waits();
    running.tell_to_stop();
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    for (bool watches = true; watches;) {
        std::promise<bool> watched;
        running.server().call_soon([&] {
            watched.set_value(running.server().watch(ends[0], [] { return true; }));
        });
        watches = watched.get_future().get();
    }
    service.let_go();
    running.join();
    asker.join();
    close(ends[0]);
    close(ends[1]);
}

TEST_F(ServerTest, a_stop_ends_idle_connections_and_answers_what_was_begun) {
    start();
    HttpConnection idle(port());
    EXPECT_EQ(idle.ask("GET", "/")->status, 200);
    HttpConnection begun(port());
    ASSERT_TRUE(begun.send(request_text("GET", "/wait")));
    service.wait_until_one_waits();
    running.tell_to_stop();
    EXPECT_TRUE(idle.ends());
    service.let_go();
    const auto answer = begun.receive();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->body, "GET wait 0");
    EXPECT_EQ(answer->field("connection"), "close");
    stop();
}

TEST_F(ServerTest, more_connections_than_allowed_are_turned_away) {
    options.connections_max = 2;
    start();
    HttpConnection first(port());
    HttpConnection second(port());
    EXPECT_EQ(first.ask("GET", "/")->status, 200);
    EXPECT_EQ(second.ask("GET", "/")->status, 200);
    EXPECT_TRUE(HttpConnection(port()).ends());
    EXPECT_EQ(first.ask("GET", "/")->status, 200);
    EXPECT_EQ(running.server().figures().connections_refused, 1U);
}

TEST_F(ServerTest, an_address_that_is_none_or_taken_is_named) {
    start();
    ServerOptions other = options;
    other.port = port();
    const auto taken = Server::listen(other, service);
    ASSERT_FALSE(taken.has_value());
    EXPECT_EQ(taken.error().kind, ErrorKind::unavailable);
    other.address = "example.org";
    EXPECT_EQ(Server::listen(other, service).error().kind, ErrorKind::invalid_input);
    EXPECT_TRUE(is_loopback("127.3.2.1").value());
    EXPECT_TRUE(is_loopback("::1").value());
    EXPECT_FALSE(is_loopback("0.0.0.0").value());
    EXPECT_FALSE(is_loopback("::").value());
}

}  // namespace
}  // namespace tidemark::http
