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

}  // namespace
}  // namespace tidemark::http
