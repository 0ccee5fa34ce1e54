#include "serve/access.h"

#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "serve/routes.h"
#include "support/environment.h"
#include "unit/serve/key_holder.h"
#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using nlohmann::json;
using test::make_holder;
using test::MemoryService;
using Holder = test::KeyHolder;

TEST(Access, is_what_the_scopes_datasets_and_subjects_of_the_key_allow) {
    MemoryService service;
    service.add("a", "2026-11-01", 3, 5);
    const Holder reader = make_holder("reader", {KeyScope::read});
    const Holder writer = make_holder("writer", {KeyScope::ingest}, {"cdn"});
    const Holder admin = make_holder("admin", {KeyScope::admin});
    const Holder of_a = make_holder("of-a", {KeyScope::read, KeyScope::ingest}, {}, {"a"});
    const Holder pings = make_holder("pings", {KeyScope::read}, {"ping"});
    service.keys().replace({reader.key, writer.key, admin.key, of_a.key, pings.key});
    const std::string rows = "site_id,date,bytes_streamed,requests\na,2026-11-01,1,1\n";
    const char* post = "/v1/datasets/cdn/batches?feed=f&batch_key=k";
    struct Case {
        const Holder* holder;
        const char* method;
        const char* target;
        int status;
    };
    const Case cases[] = {
        {&reader, "GET", "/v1/usage?dataset=cdn", 200},
        {&reader, "GET", "/v1/sources", 200},
        {&reader, "GET", "/v1/datasets", 200},
        {&of_a, "GET", "/v1/datasets", 200},
        {&pings, "GET", "/v1/datasets", 200},
        {&reader, "GET", "/metrics", 403},
        {&reader, "POST", post, 403},
        {&reader, "POST", "/v1/batches/cdn:1/void", 403},
        {&writer, "GET", "/v1/usage?dataset=cdn", 403},
        {&writer, "POST", "/v1/datasets/ping/batches?feed=f&batch_key=k", 403},
        {&writer, "POST", post, 201},
        {&admin, "GET", "/metrics", 200},
        {&of_a, "GET", "/v1/usage?dataset=cdn&subject=a", 200},
        {&of_a, "GET", "/v1/usage?dataset=cdn&subject=a&subject=b", 403},
        {&of_a, "GET", "/v1/usage?dataset=cdn", 403},
        {&of_a, "GET", "/v1/usage?dataset=cdn&top=1", 403},
        {&of_a, "GET", "/v1/sources", 403},
        {&of_a, "GET", "/v1/runs", 403},
        {&of_a, "GET", "/v1/batches?dataset=cdn", 403},
        {&of_a, "GET", "/v1/rejected?dataset=cdn", 403},
        {&of_a, "POST", post, 201},
        {&pings, "GET", "/v1/usage?dataset=ping", 200},
        {&pings, "GET", "/v1/usage?dataset=cdn", 403},
        {&pings, "GET", "/v1/batches?dataset=cdn", 403},
        {&pings, "GET", "/v1/batches?dataset=ping", 200},
        {&pings, "GET", "/v1/rejected?batch=cdn:1", 403},
        {&pings, "GET", "/v1/runs", 403},
        {&pings, "GET", "/v1/runs?dataset=ping", 200},
        {&pings, "GET", "/v1/sources", 403},
    };
    for (const Case& each : cases) {
        const bool is_post = std::string_view(each.method) == "POST";
        const http::Response response =
            service.ask(each.method, each.target, each.holder->fields(), is_post ? rows : "");
        EXPECT_EQ(response.status, each.status)
            << each.holder->key.name << " " << each.target << " " << response.body;
    }
    const json datasets =
        json::parse(service.ask("GET", "/v1/datasets", pings.fields()).body)["datasets"];
    ASSERT_EQ(datasets.size(), 1U);
    EXPECT_EQ(datasets[0]["name"], "ping");
    EXPECT_EQ(service.ask("GET", "/v1/usage?dataset=cdn").fields.find("WWW-Authenticate"),
              "Bearer");
    const std::string figures = service.ask("GET", "/metrics", admin.fields()).body;
    for (const char* line : {"{reason=\"missing\"} 1", "{reason=\"scope\"} 4"}) {
        EXPECT_NE(figures.find(std::string("tidemark_key_refused_total") + line + "\n"),
                  std::string::npos)
            << line << figures;
    }
    EXPECT_NE(figures.find("tidemark_key_refused_total{reason=\"limit\"} "), std::string::npos);
}

// Pings come from players, which cannot keep a key.
TEST(Access, nothing_but_health_the_document_and_pings_opens_without_a_key) {
    MemoryService service;
    service.keys().replace({make_holder("reader", {KeyScope::read}).key});
    const std::set<std::string_view> open = {"/readyz", "/openapi.json"};
    for (const Route& route : routes()) {
        const bool ping = route.path.find("/ping") != std::string_view::npos;
        const int status = service.ask(route.method, route.path).status;
        if (ping) {
            EXPECT_NE(status, 401) << route.path;
        } else {
            EXPECT_EQ(status, open.contains(route.path) ? 200 : 401) << route.path;
        }
    }
    EXPECT_EQ(service.ask("GET", "/livez").status, 200);
}

// Two services that differ only in what others do there. Whoever holds a key of some subjects gets
// the same answers from both, whatever is asked: so no answer tells of others; and others' usage is
// the same before and after.
class TwoWorlds : public testing::Test {
 protected:
    TwoWorlds() : random(test::announced_seed(), "access") {}

    // One that both worlds have, by its number.
    static std::string mine(std::uint64_t number) { return fmt::format("mine-{}", number); }
    static std::string foreign(std::uint64_t number) { return fmt::format("foreign-{}", number); }

    std::string any_subject() {
        return random.chance(0.7) ? mine(random.below(4)) : foreign(random.below(4));
    }

    std::string day() { return fmt::format("2026-11-{:02}", 1 + random.below(5)); }

    void others_work(MemoryService& service) {
        const auto name = any_of_others.at(random.below(any_of_others.size()));
        service.add(name, day().c_str(), static_cast<int>(random.below(48)), 1000);
        if (random.chance(0.2)) {
            EXPECT_TRUE(service.store().fold("cdn", {}).has_value());
        }
    }

    struct Asked {
        const char* method = "GET";
        std::string target;
        std::string body;
    };

    Asked usage() {
        static constexpr const char* periods[] = {"slot", "day", "month", "total", "week"};
        std::string target = fmt::format("/v1/usage?dataset={}&from={}&to={}&by={}",
                                         random.chance(0.9) ? "cdn" : "ping",
                                         day(),
                                         day(),
                                         periods[random.below(5)]);
        for (std::uint64_t count = random.below(4); count > 0; --count) {
            target += "&subject=" + any_subject();
        }
        target += random.chance(0.2) ? "&top=3" : "";
        target += random.chance(0.2) ? "&tz=Asia/Kolkata" : "";
        return {.target = target, .body = {}};
    }

    Asked batch() {
        std::string rows = "site_id,slot,bytes_streamed,requests\n";
        for (std::uint64_t count = random.below(4); count > 0; --count) {
            rows += fmt::format("{},{}T{:02}:30Z,{},1\n",
                                random.chance(0.8) ? mine(random.below(2)) : any_subject(),
                                day(),
                                random.below(24),
                                random.chance(0.9) ? "7" : "x");
        }
        return {.method = "POST",
                .target = fmt::format("/v1/datasets/cdn/batches?feed={}&batch_key={}{}",
                                      random.chance(0.5) ? "feed" : "other",
                                      random.below(30),
                                      random.chance(0.5) ? "&mode=partial" : ""),
                .body = rows};
    }

    std::string any_of(std::vector<std::string> targets) {
        return targets.at(random.below(targets.size()));
    }

    Asked anything() {
        switch (random.below(8)) {
            case 0:
                return {.target = "/v1/batches?dataset=cdn", .body = {}};
            case 1:
                return {.target = "/v1/rejected?dataset=cdn", .body = {}};
            case 2:
                return {.method = "POST",
                        .target = fmt::format("/v1/batches/cdn:{}/void", 1 + random.below(9)),
                        .body = R"({"reason": "x"})"};
            case 3:
                return {.target = any_of({"/v1/runs", "/metrics", "/v1/datasets", "/v1/sources"}),
                        .body = {}};
            case 4:
            case 5:
                return batch();
            default:
                return usage();
        }
    }

    static std::string usage_of_others(MemoryService& service, const Holder& all) {
        std::string target = "/v1/usage?dataset=cdn&from=2026-11-01&to=2026-11-07&by=slot";
        for (const std::string& name : any_of_others) {
            target += "&subject=" + name;
        }
        http::Fields fields = all.fields();
        fields.set("Accept", "text/csv");
        return service.ask("GET", target, fields).body;
    }

    static inline const std::vector<std::string> any_of_others = {
        "foreign-0", "foreign-1", "foreign-2", "foreign-3", "mine-2", "mine-3"};
    RandomStream random;
};

TEST_F(TwoWorlds, tell_the_holder_of_a_key_the_same_whatever_others_do_in_one_of_them) {
    MemoryService busy;
    MemoryService empty;
    const Holder all = make_holder("all", {KeyScope::read});
    std::vector<Holder> holders;
    std::vector<ApiKey> keys = {all.key};
    for (int number = 0; number < 6; ++number) {
        std::set<KeyScope> scopes = {random.chance(0.5) ? KeyScope::read : KeyScope::ingest};
        if (random.chance(0.7)) {
            scopes = {KeyScope::read, KeyScope::ingest};
        }
        holders.push_back(
            make_holder(fmt::format("key-{}", number),
                        scopes,
                        random.chance(0.3) ? KeyNames{"cdn"} : KeyNames{},
                        random.chance(0.5) ? KeyNames{mine(0)} : KeyNames{mine(0), mine(1)}));
        keys.push_back(holders.back().key);
    }
    busy.keys().replace(keys);
    empty.keys().replace(keys);
    for (int step = 0; step < 400; ++step) {
        others_work(busy);
        const Holder& holder = holders.at(random.below(holders.size()));
        const Asked asked = anything();
        const std::string before = usage_of_others(busy, all);
        const http::Response one =
            busy.ask(asked.method, asked.target, holder.fields(), asked.body);
        const http::Response other =
            empty.ask(asked.method, asked.target, holder.fields(), asked.body);
        ASSERT_EQ(one.status, other.status) << asked.target << one.body << other.body;
        ASSERT_EQ(one.body, other.body) << asked.target;
        ASSERT_EQ(one.fields.all(), other.fields.all()) << asked.target;
        ASSERT_EQ(usage_of_others(busy, all), before) << asked.target;
    }
}

}  // namespace
}  // namespace tidemark
