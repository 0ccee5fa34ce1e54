#include "serve/ping_exchange.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "journal/segment.h"
#include "serve/metrics.h"
#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;

class PingExchange : public testing::Test {
 protected:
    // How many lines the journal has on the disk.
    std::size_t kept() {
        std::size_t lines = 0;
        const PingCollector::Sealed sealed = service.pings().seal().value();
        for (const std::string& path : sealed.segments) {
            const auto segment = SegmentReader::open(path).value();
            while (const auto record = segment->next().value()) {
                lines += static_cast<std::size_t>(std::ranges::count(*record, '\n'));
            }
        }
        return lines;
    }

    test::MemoryService service;
};

TEST_F(PingExchange, answers_a_pixel_that_any_page_may_ask_for) {
    const http::Response answer = service.ask("GET", "/v1/jwplayer6/ping.gif?aid=a&e=s&n=0.1");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.fields.find("Content-Type"), "image/gif");
    EXPECT_EQ(answer.fields.find("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(answer.fields.find("Cache-Control"), "no-store");
    EXPECT_EQ(answer.body.size(), 43U);
    EXPECT_EQ(kept(), 1U);
}

TEST_F(PingExchange, takes_pings_from_the_query_and_from_each_line) {
    const http::Response answer =
        service.ask("POST", "/v1/ping?aid=a&e=s", {}, "e=i&aid=a\r\n\naid=b&e=x\ne=s");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(json::parse(answer.body), json({{"accepted", 2}, {"ignored", 1}, {"rejected", 1}}));
    EXPECT_EQ(service.ask("POST", "/v1/clienta/ping.gif?aid=a&e=i").status, 200);
    EXPECT_EQ(kept(), 5U);
}

TEST_F(PingExchange, names_what_is_wrong_and_keeps_it) {
    const http::Response answer = service.ask("GET", "/v1/ping.gif?e=s");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(json::parse(answer.body)["lines"][0]["reason"], "no_subject");
    EXPECT_EQ(kept(), 1U);
}

TEST_F(PingExchange, takes_neither_too_many_nor_what_it_cannot_unpack) {
    std::string many;
    for (std::size_t count = 0; count <= PingCollector::pings_max; ++count) {
        many += "aid=a&e=s\n";
    }
    EXPECT_EQ(service.ask("POST", "/v1/ping", {}, many).status, 413);
    http::Fields fields;
    fields.set("Content-Encoding", "br");
    EXPECT_EQ(service.ask("POST", "/v1/ping", fields, "aid=a&e=s").status, 400);
    EXPECT_EQ(kept(), 0U);
}

TEST(PingExchangeWithoutAFolder, says_that_nothing_is_collected) {
    const ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
    const Setting setting{.datasets = {}, .clock = clock};
    ServiceMetrics metrics;
    int status = 0;
    collect_pings(setting, metrics, http::Request(), [&](const http::Response& answer) {
        status = answer.status;
    });
    EXPECT_EQ(status, 404);
}

}  // namespace
}  // namespace tidemark
