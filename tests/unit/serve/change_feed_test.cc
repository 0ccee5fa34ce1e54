#include "serve/change_feed.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "unit/serve/key_holder.h"
#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;
using Holder = test::KeyHolder;
using test::make_holder;

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

TEST(ChangeFeed, tells_a_key_of_some_datasets_of_those_alone) {
    test::MemoryService service;
    const Holder of_ping = make_holder("of-ping", {KeyScope::read}, {"ping"});
    const Holder of_cdn = make_holder("of-cdn", {KeyScope::read}, {"cdn"});
    const Holder of_a = make_holder("of-a", {KeyScope::read}, {}, {"a"});
    service.keys().replace({of_ping.key, of_cdn.key, of_a.key});
    EXPECT_EQ(service.ask("GET", "/v1/changes", of_a.fields()).status, 403)
        << "each change of a dataset tells of others";
    const auto ping = service.ask("GET", "/v1/changes", of_ping.fields()).events;
    const auto cdn = service.ask("GET", "/v1/changes", of_cdn.fields()).events;
    ASSERT_TRUE(ping != nullptr && cdn != nullptr);
    EXPECT_EQ(next_event(*ping), json::parse(R"({"datasets": {"ping": {
        "last_seq": 0, "folded_through": 0, "unfolded": 0, "running": 0}}})"));
    EXPECT_EQ(next_event(*cdn)["datasets"].size(), 1U);
    service.add("site-1", "2026-11-01", 3, 100);
    EXPECT_EQ(next_event(*cdn)["datasets"]["cdn"]["last_seq"], 1);
    ASSERT_TRUE(service.store().begin_run("aggregate", "cdn", "feed").has_value());
    service.add("site-1", "2026-11-01", 4, 100);
    EXPECT_EQ(next_event(*cdn)["datasets"]["cdn"]["last_seq"], 2) << "and nothing of the run";
    EXPECT_EQ(ping->take().text, "") << "nothing of cdn";
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
