// GET /v1/usage asked again: entity tags, pages, the time before.

#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "support/environment.h"
#include "unit/serve/key_holder.h"
#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;
using test::MemoryService;

constexpr const char* november = "/v1/usage?dataset=cdn&from=2026-11-01&to=2026-11-03";

class UsageEndpointTest : public testing::Test {
 protected:
    std::string tag_of(const std::string& target, const char* media_type = "application/json") {
        http::Fields fields;
        fields.set("Accept", media_type);
        const http::Response response = service.ask("GET", target, fields);
        EXPECT_EQ(response.status, 200) << target << response.body;
        return std::string(response.fields.find("ETag").value_or(""));
    }

    int status_with_tag(const std::string& target, const std::string& tag) {
        http::Fields fields;
        fields.set("If-None-Match", tag);
        return service.ask("GET", target, fields).status;
    }

    json page(const std::string& target) {
        const http::Response response = service.ask("GET", target);
        EXPECT_EQ(response.status, 200) << response.body;
        return json::parse(response.body);
    }

    static KnownProgress synced_through(const char* date) {
        const auto instant = UtcDay::parse(date).value().begin();
        Snapshot snapshot;
        snapshot.overall.synced_through = instant;
        snapshot.datasets["cdn"].synced_through = instant;
        snapshot.datasets["cdn"].origin = UtcDay::parse("2026-10-01").value();
        return {.snapshot = snapshot, .fence = {}, .origin = "store"};
    }

    MemoryService service;
};

TEST_F(UsageEndpointTest, each_question_and_each_form_has_a_tag_of_its_own) {
    service.add("a", "2026-11-01", 3, 5);
    std::set<std::string> tags;
    const char* const more[] = {"",
                                "&subject=a",
                                "&subject=a&subject=b",
                                "&subject=ab",
                                "&by=total",
                                "&by=month&to=2026-12-01",
                                "&top=1",
                                "&top=1&metric=requests",
                                "&metrics=requests",
                                "&metrics=requests,bytes_streamed",
                                "&tz=Europe/Berlin",
                                "&tz=Europe/Paris",
                                "&compare=previous",
                                "&limit=1",
                                "&limit=2"};
    for (const char* parameters : more) {
        std::string target = std::string("/v1/usage?dataset=cdn&from=2026-11-01") + parameters;
        if (target.find("&to=") == std::string::npos) {
            target += "&to=2026-11-03";
        }
        for (const char* media_type : {"application/json", "text/csv", "application/x-ndjson"}) {
            const std::string tag = tag_of(target, media_type);
            EXPECT_TRUE(tags.insert(tag).second) << target << " as " << media_type;
            EXPECT_EQ(tag_of(target, media_type), tag);
        }
    }
}

TEST_F(UsageEndpointTest, the_tag_changes_with_what_is_known_where_it_is_said) {
    service.add("a", "2026-11-01", 3, 5);
    const std::string unknown = tag_of(november);
    const std::string csv = tag_of(november, "text/csv");
    service.know(synced_through("2026-11-02"));
    const std::string known = tag_of(november);
    EXPECT_NE(known, unknown);
    EXPECT_EQ(tag_of(november, "text/csv"), csv) << "which does not say it";
    const std::string synced = std::string(november) + "&synced=true";
    const std::string synced_csv = tag_of(synced, "text/csv");
    service.know(synced_through("2026-11-03"));
    EXPECT_NE(tag_of(november), known);
    EXPECT_NE(tag_of(synced, "text/csv"), synced_csv);
    KnownProgress later = synced_through("2026-11-03");
    const std::string before = tag_of(november);
    later.age = std::chrono::seconds(77);
    service.know(later);
    EXPECT_EQ(tag_of(november), before) << "an age changes by itself";
    EXPECT_EQ(status_with_tag(november, before), 304);
}

TEST_F(UsageEndpointTest, a_tag_holds_until_what_is_stored_changes) {
    service.add("a", "2026-11-01", 3, 5);
    const std::string tag = tag_of(november);
    EXPECT_EQ(status_with_tag(november, tag), 304);
    ASSERT_TRUE(service.store().fold("cdn", {}).has_value());
    EXPECT_EQ(status_with_tag(november, tag), 304);
    ASSERT_TRUE(
        service.store().erase_subject("cdn", "a", {.reason = "asked", .by = "me"}).has_value());
    EXPECT_EQ(status_with_tag(november, tag), 200);
}

TEST_F(UsageEndpointTest, pages_lead_through_all_subjects_in_their_order) {
    for (const char* subject : {"e", "a", "d", "b", "c"}) {
        service.add(subject, "2026-11-01", 3, 5);
    }
    std::string target = std::string(november) + "&by=total&limit=2";
    std::vector<std::string> subjects;
    int pages = 0;
    while (true) {
        const json document = page(target);
        for (const json& row : document["rows"]) {
            subjects.push_back(row["subject"]);
        }
        ++pages;
        if (document["next"].is_null()) {
            break;
        }
        target = std::string(november) +
                 "&by=total&limit=2&cursor=" + document["next"].get<std::string>();
    }
    EXPECT_EQ(subjects, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
    EXPECT_EQ(pages, 3);
    EXPECT_EQ(page("/v1/usage?dataset=ping&limit=2")["rows"].size(), 0U);
}

TEST_F(UsageEndpointTest, a_link_leads_on_in_every_form) {
    service.add("a b", "2026-11-01", 3, 5);
    service.add("c", "2026-11-01", 3, 7);
    http::Fields fields;
    fields.set("Accept", "text/csv");
    const http::Response first =
        service.ask("GET", std::string(november) + "&by=total&limit=1&metrics=requests", fields);
    EXPECT_NE(first.body.find("a b"), std::string::npos);
    std::string link(first.fields.find("Link").value_or(""));
    ASSERT_TRUE(link.starts_with("<?") && link.ends_with(">; rel=\"next\"")) << link;
    link = "/v1/usage" + link.substr(1, link.find('>') - 1);
    const http::Response second = service.ask("GET", link, fields);
    EXPECT_EQ(second.status, 200) << second.body;
    EXPECT_NE(second.body.find("c,"), std::string::npos) << second.body;
    EXPECT_FALSE(second.fields.find("Link").has_value());
}

// Between two pages anything may be stored, taken back, folded or erased.
TEST_F(UsageEndpointTest, pages_over_a_moving_store_repeat_and_skip_nobody) {
    RandomStream random(7, "pages");
    std::set<std::string> lasting;
    for (int number = 0; number < 50; ++number) {
        const std::string subject = "s" + std::to_string(random.below(100'000));
        service.add(subject, "2026-11-01", 3, 5);
        lasting.insert(subject);
    }
    const std::string base = std::string(november) + "&by=total&limit=7";
    std::string target = base;
    std::set<std::string> seen;
    std::string last;
    while (true) {
        const json document = page(target);
        for (const json& row : document["rows"]) {
            const std::string subject = row["subject"];
            EXPECT_LT(last, subject);
            EXPECT_TRUE(seen.insert(subject).second) << subject << " is repeated";
            last = subject;
        }
        if (document["next"].is_null()) {
            break;
        }
        target = base + "&cursor=" + document["next"].get<std::string>();
        service.add("s" + std::to_string(random.below(100'000)), "2026-11-02", 4, 1);
        service.add("t" + std::to_string(random.below(100'000)), "2026-11-02", 4, 1);
        if (random.chance(0.5)) {
            ASSERT_TRUE(service.store().fold("cdn", {}).has_value());
        }
    }
    for (const std::string& subject : lasting) {
        EXPECT_TRUE(seen.contains(subject)) << subject << " is skipped";
    }
}

TEST_F(UsageEndpointTest, pages_of_a_synchronised_answer_end_at_the_same_instant) {
    service.add("a", "2026-11-01", 3, 5);
    service.add("b", "2026-11-02", 3, 5);
    service.know(synced_through("2026-11-02"));
    const std::string target = std::string(november) + "&synced=true&limit=1";
    const json first = page(target);
    service.know(synced_through("2026-11-03"));
    const json second = page(target + "&cursor=" + first["next"].get<std::string>());
    EXPECT_EQ(first["until"], "2026-11-02T00:00:00Z");
    EXPECT_EQ(second["until"], first["until"]);
    EXPECT_EQ(second["rows"].size(), first["rows"].size());
}

TEST_F(UsageEndpointTest, a_cursor_that_is_changed_or_of_another_question_is_refused) {
    service.add("a", "2026-11-01", 3, 5);
    service.add("b", "2026-11-01", 3, 5);
    const std::string cursor = page(std::string(november) + "&limit=1")["next"];
    struct Case {
        std::string target;
        const char* detail;
    };
    std::string changed = cursor;
    changed[5] = changed[5] == '0' ? '1' : '0';
    const Case cases[] = {
        {std::string(november) + "&limit=1&cursor=" + changed, "changed since"},
        {std::string(november) + "&limit=1&cursor=x", "changed since"},
        {std::string(november) + "&by=total&limit=1&cursor=" + cursor, "another question"},
        {"/v1/usage?dataset=cdn&from=2026-11-01&limit=1&cursor=" + cursor, "another question"},
        {std::string(november) + "&subject=a&cursor=" + cursor, "not together"},
        {std::string(november) + "&top=2&cursor=" + cursor, "not together"},
    };
    for (const Case& each : cases) {
        const http::Response response = service.ask("GET", each.target);
        EXPECT_EQ(response.status, 400) << each.target;
        const json problem = json::parse(response.body);
        EXPECT_EQ(problem["field"], "cursor");
        EXPECT_NE(problem["detail"].get<std::string>().find(each.detail), std::string::npos)
            << response.body;
    }
    EXPECT_EQ(page(std::string(november) + "&cursor=" + cursor)["rows"][0]["subject"], "b")
        << "another limit, or none, is the same question";
}

TEST_F(UsageEndpointTest, the_time_before_is_said_beside) {
    service.add("a", "2026-10-31", 3, 4);
    service.add("a", "2026-11-01", 3, 5);
    const json document = page(
        "/v1/usage?dataset=cdn&from=2026-11-01&to=2026-11-02&compare=previous&subject=a&subject=a");
    EXPECT_EQ(document["previous"], (json{{"from", "2026-10-31"}, {"to", "2026-11-01"}}));
    ASSERT_EQ(document["rows"].size(), 2U);
    EXPECT_EQ(document["rows"][1]["previous"]["bytes_streamed"], 4);
    EXPECT_EQ(document["rows"][1]["change"]["bytes_streamed"], 1);
}

TEST_F(UsageEndpointTest, asked_at_once_answers_each_as_it_does_alone) {
    RandomStream random(test::announced_seed(), "at once");
    for (int row = 0; row < 40; ++row) {
        service.add(fmt::format("s{}", random.below(5)),
                    fmt::format("2026-11-0{}", 1 + random.below(3)).c_str(),
                    static_cast<int>(random.below(48)),
                    static_cast<std::int64_t>(random.below(100)));
    }
    const char* const targets[] = {november,
                                   "/v1/usage?dataset=cdn&from=2026-11-01&to=2026-11-03&by=slot",
                                   "/v1/usage?dataset=cdn&from=2026-11-01&to=2026-11-03&tz=Nowhere",
                                   "/v1/usage?dataset=cdn&from=2026-11-01&to=2026-11-04&limit=2"};
    const char* const forms[] = {"application/json", "text/csv", "image/png"};
    const test::KeyHolder limited =
        test::make_holder("some", {KeyScope::read}, KeyNames{}, KeyNames{"s1", "s2"});
    const test::KeyHolder all = test::make_holder("all", {KeyScope::read});
    service.keys().replace({limited.key, all.key});
    for (int round = 0; round < 60; ++round) {
        std::vector<std::pair<std::string, http::Fields>> requests;
        for (std::uint64_t count = 2 + random.below(6); count > 0; --count) {
            std::string target = targets[random.below(10) % 4];
            for (std::uint64_t named = random.below(3); named > 0; --named) {
                target += fmt::format("&subject=s{}", random.below(5));
            }
            http::Fields fields = (random.chance(0.3) ? limited : all).fields();
            fields.set("Accept", forms[random.below(6) % 3]);
            if (random.chance(0.3)) {
                const http::Response before = service.ask("GET", target, fields);
                fields.set("If-None-Match", std::string(before.fields.find("ETag").value_or("x")));
            }
            requests.emplace_back(std::move(target), std::move(fields));
        }
        const std::vector<http::Response> together = service.ask_all(requests);
        for (std::size_t place = 0; place < requests.size(); ++place) {
            const auto& [target, fields] = requests[place];
            const http::Response alone = service.ask("GET", target, fields);
            EXPECT_EQ(together[place].status, alone.status) << target;
            EXPECT_EQ(together[place].body, alone.body) << target;
            EXPECT_EQ(together[place].fields.all(), alone.fields.all()) << target;
        }
    }
}

}  // namespace
}  // namespace tidemark
