// An answer without an end, on real sockets.

#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "http/event_stream.h"
#include "http/server.h"
#include "support/http_client.h"
#include "unit/http/running_server.h"

namespace tidemark::http {
namespace {

using test::HttpConnection;
using test::request_text;

// Answers every request with the one stream.
class OneStream final : public Service {
 public:
    std::variant<Response, std::shared_ptr<Exchange>> admit(const RequestHead&) override {
        Response response = text_response(200, "text/event-stream", "");
        response.events = stream;
        return response;
    }
    void note(const Outcome&) override {}

    std::shared_ptr<EventStream> stream = std::make_shared<EventStream>();
};

class ServerEvents : public testing::Test {
 protected:
    void TearDown() override { stop(); }

    void start() { running.start(options, service); }

    void stop() {
        running.tell_to_stop();
        running.join();
    }

    ServerOptions options;
    OneStream service;
    RunningServer running;
};

TEST_F(ServerEvents, are_sent_as_they_come_until_the_stream_ends) {
    start();
    HttpConnection connection(running.server().port());
    ASSERT_TRUE(connection.send(request_text("GET", "/")));
    const auto head = connection.receive(false);
    ASSERT_TRUE(head.has_value());
    EXPECT_EQ(head->field("content-type"), "text/event-stream");
    EXPECT_EQ(head->field("content-length"), "");
    for (const char* text : {"data: 1\n\n", "data: 2\n\n"}) {
        service.stream->put(text);
        EXPECT_EQ(connection.receive_through("\n\n"), text);
    }
    service.stream->put("data: last\n\n");
    service.stream->end();
    EXPECT_EQ(connection.receive_through("last\n\n"), "data: last\n\n");
    EXPECT_TRUE(connection.ends());
}

TEST_F(ServerEvents, say_that_they_are_still_there) {
    options.silence_time = std::chrono::milliseconds(5);
    start();
    HttpConnection connection(running.server().port());
    ASSERT_TRUE(connection.send(request_text("GET", "/")));
    ASSERT_TRUE(connection.receive(false).has_value());
    EXPECT_EQ(connection.receive_through(":\n\n:\n\n"), ":\n\n:\n\n");
}

TEST_F(ServerEvents, end_when_the_server_does) {
    start();
    HttpConnection connection(running.server().port());
    ASSERT_TRUE(connection.send(request_text("GET", "/")));
    service.stream->put("data: 1\n\n");
    ASSERT_TRUE(connection.receive_through("data: 1\n\n").has_value());
    stop();
    EXPECT_TRUE(connection.ends());
}

TEST_F(ServerEvents, are_not_waited_for_by_those_who_ask_for_the_head) {
    start();
    HttpConnection connection(running.server().port());
    EXPECT_TRUE(connection.ask("HEAD", "/").has_value());
    EXPECT_TRUE(connection.ask("HEAD", "/").has_value());
}

}  // namespace
}  // namespace tidemark::http
