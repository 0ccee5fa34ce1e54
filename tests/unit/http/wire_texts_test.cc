#include "http/wire_texts.h"

#include <gtest/gtest.h>

namespace tidemark::http {
namespace {

TEST(WireTexts, a_request_may_call_itself_by_few_letters) {
    EXPECT_TRUE(is_request_id("aZ0-_."));
    EXPECT_TRUE(is_request_id(std::string(64, 'a')));
    for (const std::string& text : {std::string(),
                                    std::string(65, 'a'),
                                    std::string("a b"),
                                    std::string("a\r\nSet-Cookie: b"),
                                    std::string("\xc3\xa4")}) {
        EXPECT_FALSE(is_request_id(text)) << text;
    }
}

TEST(WireTexts, an_instant_is_written_as_the_standard_says) {
    EXPECT_EQ(date_text(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(WireTexts, an_answer_begins_with_its_status_and_its_fields) {
    Response response{.status = 404};
    response.fields.set("Content-Type", "text/plain");
    EXPECT_EQ(response_head(response, {.content_length = 12, .id = "x-1", .now = 784111777}),
              "HTTP/1.1 404 Not Found\r\n"
              "Server: tidemark\r\n"
              "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
              "X-Request-Id: x-1\r\n"
              "Content-Type: text/plain\r\n"
              "Content-Length: 12\r\n"
              "\r\n");
}

TEST(WireTexts, an_answer_says_what_becomes_of_the_connection_where_that_is_not_usual) {
    const auto said = [](bool version_11, bool keep_alive) {
        const std::string head =
            response_head({}, {.version_11 = version_11, .keep_alive = keep_alive, .id = "x"});
        const std::size_t begin = head.find("Connection: ");
        return begin == std::string::npos ? "" : head.substr(begin, head.find('\r', begin) - begin);
    };
    EXPECT_EQ(said(true, true), "");
    EXPECT_EQ(said(true, false), "Connection: close");
    EXPECT_EQ(said(false, false), "");
    EXPECT_EQ(said(false, true), "Connection: keep-alive");
}

}  // namespace
}  // namespace tidemark::http
