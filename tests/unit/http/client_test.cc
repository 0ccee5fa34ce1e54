#include "http/client.h"

#include <gtest/gtest.h>

#include "support/http_receiver.h"

namespace tidemark::http {
namespace {

using std::chrono::milliseconds;
using test::HttpReceiver;

TEST(Url, is_taken_apart) {
    struct Case {
        const char* text;
        bool tls;
        const char* host;
        const char* port;
        const char* target;
    };
    const Case cases[] = {
        {"http://example.org", false, "example.org", "80", "/"},
        {"https://example.org/hook?a=1", true, "example.org", "443", "/hook?a=1"},
        {"http://127.0.0.1:8080/x", false, "127.0.0.1", "8080", "/x"},
        {"https://[::1]:8443/", true, "::1", "8443", "/"},
        {"http://[::1]", false, "::1", "80", "/"},
        {"http://example.org?x", false, "example.org", "80", "/?x"},
    };
    for (const Case& each : cases) {
        const Result<Url> url = parse_url(each.text);
        ASSERT_TRUE(url.has_value()) << each.text;
        EXPECT_EQ(url->tls, each.tls) << each.text;
        EXPECT_EQ(url->host, each.host) << each.text;
        EXPECT_EQ(url->port, each.port) << each.text;
        EXPECT_EQ(url->target, each.target) << each.text;
    }
    for (const char* text : {"",
                             "example.org",
                             "ftp://example.org/",
                             "http://",
                             "http://:80/",
                             "http://me@example.org/",
                             "http://example.org:/",
                             "http://example.org:x/",
                             "http://example.org:123456/",
                             "http://example.org/a b",
                             "http://example.org/\r\nX: y",
                             "http://example.org/#part"}) {
        const Result<Url> url = parse_url(text);
        ASSERT_FALSE(url.has_value()) << text;
        EXPECT_EQ(url.error().kind, ErrorKind::invalid_input);
    }
}

class ClientTest : public testing::Test {
 protected:
    static Result<int> send(const HttpReceiver& receiver,
                            milliseconds timeout = std::chrono::seconds(30)) {
        Fields fields;
        fields.set("Tidemark-Event", "7");
        return post(parse_url(receiver.url("/hook?x=1")).value(), fields, "{\"a\": 1}", timeout);
    }
};

TEST_F(ClientTest, what_is_sent_arrives_and_the_status_comes_back) {
    HttpReceiver receiver({200, 302, 500});
    EXPECT_EQ(send(receiver).value(), 200);
    EXPECT_EQ(send(receiver).value(), 302) << "nothing is followed";
    EXPECT_EQ(send(receiver).value(), 500);
    const auto request = receiver.await(3).front();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/hook?x=1");
    EXPECT_EQ(request.body, "{\"a\": 1}");
    EXPECT_EQ(request.field("tidemark-event"), "7");
    EXPECT_EQ(request.field("host"), "127.0.0.1:" + std::to_string(receiver.port()));
}

TEST_F(ClientTest, who_does_not_answer_is_given_up) {
    HttpReceiver receiver({HttpReceiver::silence});
    const Result<int> status = send(receiver, milliseconds(200));
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().kind, ErrorKind::unavailable);
    EXPECT_NE(status.error().message.find("timed out"), std::string::npos);
}

TEST_F(ClientTest, where_nobody_listens_is_said) {
    std::string url;
    {
        const HttpReceiver receiver;
        url = receiver.url();
    }
    const Result<int> status = post(parse_url(url).value(), {}, "", std::chrono::seconds(30));
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().kind, ErrorKind::unavailable);
}

TEST_F(ClientTest, a_server_without_tls_is_not_taken_for_one_with_it) {
    HttpReceiver receiver;
    Url url = parse_url(receiver.url()).value();
    url.tls = true;
    EXPECT_FALSE(post(url, {}, "secret", milliseconds(200)).has_value());
}

}  // namespace
}  // namespace tidemark::http
