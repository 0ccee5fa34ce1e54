#include "http/event_stream.h"

#include <gtest/gtest.h>

namespace tidemark::http {
namespace {

TEST(EventStream, keeps_the_newest_text_alone_until_it_is_taken) {
    EventStream stream;
    EXPECT_EQ(stream.take().text, "");
    stream.put("one");
    stream.put("two");
    EXPECT_EQ(stream.take().text, "two");
    EXPECT_EQ(stream.take().text, "");
}

TEST(EventStream, ends_after_what_was_put) {
    EventStream stream;
    stream.put("last");
    stream.end();
    const EventStream::Taken taken = stream.take();
    EXPECT_EQ(taken.text, "last");
    EXPECT_TRUE(taken.ended);
}

TEST(EventStream, wakes_whoever_waits) {
    EventStream stream;
    int woken = 0;
    stream.on_put([&woken] { ++woken; });
    stream.put("one");
    stream.end();
    EXPECT_EQ(woken, 2);
    stream.on_put({});
    stream.put("two");
    EXPECT_EQ(woken, 2);
}

}  // namespace
}  // namespace tidemark::http
