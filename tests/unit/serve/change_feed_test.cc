#include "serve/change_feed.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;

// The next event's data; the test fails where none comes.
json next_event(http::EventStream& stream) {
    std::string text;
    EXPECT_TRUE(test::eventually([&] {
        text = stream.take().text;
        return !text.empty();
    }));
    const std::string before = "event: change\ndata: ";
    EXPECT_EQ(text.substr(0, before.size()), before);
    EXPECT_TRUE(text.ends_with("\n\n")) << text;
    return json::parse(text.substr(before.size()));
}

TEST(ChangeFeed, says_where_the_store_stands_and_then_what_changed) {
    test::MemoryService service;
    const http::Response response = service.ask("GET", "/v1/changes");
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.fields.find("Content-Type"), "text/event-stream");
    ASSERT_NE(response.events, nullptr);
    const json before = next_event(*response.events);
    EXPECT_EQ(before["datasets"].size(), 3U);
    EXPECT_EQ(before["datasets"]["cdn"]["last_seq"], 0);

    service.add("site-1", "2026-11-01", 3, 100);
    const json stored = next_event(*response.events);
    EXPECT_EQ(stored["datasets"]["cdn"]["last_seq"], 1);
    EXPECT_EQ(stored["datasets"]["cdn"]["unfolded"], 1);
    EXPECT_EQ(stored["datasets"]["ping"], before["datasets"]["ping"]);

    ASSERT_TRUE(service.store().fold("cdn", {}).has_value());
    EXPECT_EQ(next_event(*response.events)["datasets"]["cdn"]["folded_through"], 1);

    ASSERT_TRUE(service.store().begin_run("aggregate", "cdn", "feed").has_value());
    EXPECT_EQ(next_event(*response.events)["runs"]["running"], 2);
}

TEST(ChangeFeed, tells_whoever_comes_later_where_things_stand) {
    test::MemoryService service;
    const http::Response first = service.ask("GET", "/v1/changes");
    const json told = next_event(*first.events);
    const http::Response second = service.ask("GET", "/v1/changes");
    EXPECT_EQ(next_event(*second.events), told);
    EXPECT_EQ(first.events->take().text, "");
}

TEST(ChangeFeed, ends_its_streams_after_their_time_and_with_itself) {
    const auto never = []() -> Result<std::unique_ptr<Backend>> {
        return Error{ErrorKind::unavailable, "no store"};
    };
    std::shared_ptr<http::EventStream> left;
    {
        ChangeFeed feed({}, never, {.every = std::chrono::milliseconds(1)});
        left = feed.listen();
        EXPECT_FALSE(left->take().ended);
    }
    EXPECT_TRUE(left->take().ended);
    ChangeFeed brief(
        {},
        never,
        {.every = std::chrono::milliseconds(1), .stream_time = std::chrono::milliseconds(5)});
    const auto stream = brief.listen();
    EXPECT_TRUE(test::eventually([&] { return stream->take().ended; }));
}

}  // namespace
}  // namespace tidemark
