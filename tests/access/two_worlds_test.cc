// Two services that differ only in what others do there. Whoever holds a key of some subjects gets
// the same answers from both, whatever is asked: so no answer tells of others; and others' usage is
// the same before and after.

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <re2/re2.h>

#include "base/check.h"
#include "base/random.h"
#include "store/memory/memory_store.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"
#include "support/environment.h"
#include "support/scratch_database.h"
#include "support/scratch_directory.h"
#include "unit/serve/key_holder.h"
#include "unit/serve/memory_service.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

enum class Kind { memory, sqlite, postgres };

template <typename T>
T opened(Result<T> store) {
    TIDEMARK_CHECK(store.has_value());
    return std::move(store).value();
}

StoreMaker maker_of(Kind kind) {
    if (kind == Kind::sqlite) {
        return [directory = std::make_shared<ScratchDirectory>()](const Clock& clock) {
            return opened(open_sqlite_store((*directory / "usage.db").string(), clock));
        };
    }
    if (kind == Kind::postgres) {
        return [database = std::make_shared<ScratchDatabase>()](const Clock&) {
            return opened(open_postgres_store(database->url()));
        };
    }
    return [database = make_memory_database()](const Clock& clock) {
        return open_memory_store(database, clock);
    };
}

std::vector<CloudEventMapping> mappings() {
    return {{.type = "call", .dataset = built_in_datasets()[0], .metrics = {"data.bytes", "count"}},
            {.type = "size", .dataset = built_in_datasets()[2], .metrics = {"data.bytes", ""}}};
}

// A server has its own clock, which is no answer of ours.
std::string without_instants(std::string text) {
    RE2::GlobalReplace(&text, R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)", "INSTANT");
    return text;
}

const std::vector<std::string> any_of_others = {
    "foreign-0", "foreign-1", "foreign-2", "foreign-3", "mine-2", "mine-3"};

struct Asked {
    const char* method = "GET";
    std::string target;
    std::string body;
    const char* media_type = "text/csv";
};

class TwoWorlds : public testing::TestWithParam<Kind> {
 protected:
    void SetUp() override {
        if (GetParam() == Kind::postgres && !postgres_server().has_value()) {
            GTEST_SKIP() << "TIDEMARK_TEST_POSTGRES names no server";
        }
    }

    // One that both worlds have, by its number.
    static std::string mine(std::uint64_t number) { return fmt::format("mine-{}", number); }
    static std::string foreign(std::uint64_t number) { return fmt::format("foreign-{}", number); }

    std::string any_subject() {
        return random.chance(0.7) ? mine(random.below(4)) : foreign(random.below(4));
    }

    // Of what is sent: mostly what the keys are for.
    std::string sent_subject() {
        return random.chance(0.8) ? mine(random.below(2)) : any_subject();
    }

    std::string day() { return fmt::format("2026-11-{:02}", 1 + random.below(5)); }
    std::string instant() { return fmt::format("{}T{:02}:30:00Z", day(), random.below(24)); }
    std::string any_of(std::vector<std::string> texts) {
        return texts.at(random.below(texts.size()));
    }

    void others_work(MemoryService& service);
    void others_store_events(MemoryService& service);
    Asked usage();
    Asked batch();
    Asked events();
    Asked cloud_events();
    Asked anything();
    std::vector<KeyHolder> make_holders();

    RandomStream random{announced_seed(), "access"};
};

void TwoWorlds::others_store_events(MemoryService& service) {
    const GaugeEvent event{
        .subject = any_of(any_of_others),
        .metric = random.below(2),
        .value = static_cast<std::int64_t>(random.below(1000)),
        .observed_at = UtcDay::parse(day()).value().begin() + std::chrono::hours(random.below(24)),
        .event_id = {}};
    ContentHasher hasher;
    hasher.update(fmt::format("others {}", random.below(1'000'000)));
    const ContentHash hash = hasher.finish();
    const Batch batch{.identity = {.dataset = "media_storage",
                                   .feed = "feed",
                                   .key = hash.to_string(),
                                   .content_hash = hash},
                      .source = {},
                      .counts = {.lines = 1, .accepted = 1},
                      .rejected_by_reason = {},
                      .rejected_samples = {}};
    EXPECT_TRUE(service.store().store_events(batch, {{event}}).has_value());
}

void TwoWorlds::others_work(MemoryService& service) {
    if (random.chance(0.3)) {
        others_store_events(service);
        return;
    }
    service.add(any_of(any_of_others), day().c_str(), static_cast<int>(random.below(48)), 1000);
    if (random.chance(0.2)) {
        EXPECT_TRUE(service.store().fold("cdn", {}).has_value());
    }
}

Asked TwoWorlds::usage() {
    std::string target = fmt::format("/v1/usage?dataset={}&from={}&to={}&by={}",
                                     any_of({"cdn", "cdn", "media_storage", "ping"}),
                                     day(),
                                     day(),
                                     any_of({"slot", "day", "month", "total", "week"}));
    for (std::uint64_t count = random.below(4); count > 0; --count) {
        target += "&subject=" + any_subject();
    }
    target += random.chance(0.2) ? "&top=3" : "";
    target += random.chance(0.2) ? "&tz=Asia/Kolkata" : "";
    target += random.chance(0.1) ? "&compare=previous" : "";
    target += random.chance(0.1) ? "&limit=2" : "";
    target += random.chance(0.1) ? "&fill=carry" : "";
    return {.target = target, .body = {}};
}

Asked TwoWorlds::batch() {
    std::string rows = "site_id,slot,bytes_streamed,requests\n";
    for (std::uint64_t count = random.below(4); count > 0; --count) {
        rows += fmt::format("{},{}T{:02}:30Z,{},1\n",
                            sent_subject(),
                            day(),
                            random.below(24),
                            random.chance(0.9) ? "7" : "x");
    }
    return {.method = "POST",
            .target = fmt::format("/v1/datasets/cdn/batches?feed={}&batch_key={}{}",
                                  any_of({"feed", "other"}),
                                  random.below(30),
                                  any_of({"", "&mode=partial"})),
            .body = rows};
}

Asked TwoWorlds::events() {
    std::string rows = "subject,bytes_stored,observed_at\n";
    for (std::uint64_t count = random.below(4); count > 0; --count) {
        rows += fmt::format("{},{},{}\n",
                            sent_subject(),
                            random.chance(0.9) ? std::to_string(random.below(9)) : "x",
                            instant());
    }
    return {.method = "POST",
            .target = fmt::format("/v1/datasets/media_storage/events?feed={}{}",
                                  any_of({"feed", "other"}),
                                  any_of({"", "&mode=partial"})),
            .body = rows};
}

Asked TwoWorlds::cloud_events() {
    json list = json::array();
    for (std::uint64_t count = random.below(4); count > 0; --count) {
        list.push_back({{"specversion", "1.0"},
                        {"type", any_of({"call", "call", "size", "unknown"})},
                        {"source", any_of({"/a", "/b"})},
                        {"id", std::to_string(random.below(40))},
                        {"subject", sent_subject()},
                        {"time", instant()},
                        {"data", {{"bytes", random.below(3)}}}});
    }
    return {.method = "POST",
            .target = "/v1/events",
            .body = list.dump(),
            .media_type = "application/cloudevents-batch+json"};
}

Asked TwoWorlds::anything() {
    switch (random.below(10)) {
        case 0:
            return {.target = any_of({"/v1/batches?dataset=cdn",
                                      "/v1/rejected?dataset=cdn",
                                      "/v1/rejected?dataset=media_storage",
                                      "/v1/changes",
                                      "/v1/runs",
                                      "/metrics",
                                      "/v1/datasets",
                                      "/v1/sources"}),
                    .body = {}};
        case 1:
            return {.method = "POST",
                    .target = fmt::format("/v1/batches/cdn:{}/void", 1 + random.below(9)),
                    .body = R"({"reason": "x"})"};
        case 2:
        case 3:
            return batch();
        case 4:
        case 5:
            return events();
        case 6:
            return cloud_events();
        default:
            return usage();
    }
}

// One of them may do with its subjects all that a key can.
std::vector<KeyHolder> TwoWorlds::make_holders() {
    std::vector<KeyHolder> holders = {make_holder(
        "key-0", {KeyScope::read, KeyScope::ingest}, KeyNames{}, KeyNames{mine(0), mine(1)})};
    for (int number = 1; number < 6; ++number) {
        std::set<KeyScope> scopes = {random.chance(0.5) ? KeyScope::read : KeyScope::ingest};
        if (random.chance(0.7)) {
            scopes = {KeyScope::read, KeyScope::ingest};
        }
        holders.push_back(make_holder(
            fmt::format("key-{}", number),
            scopes,
            random.chance(0.3) ? KeyNames{any_of({"cdn", "media_storage"})} : KeyNames{},
            random.chance(0.5) ? KeyNames{mine(0)} : KeyNames{mine(0), mine(1)}));
    }
    return holders;
}

http::Response ask(MemoryService& service, const KeyHolder& holder, const Asked& asked) {
    http::Fields fields = holder.fields();
    fields.set("Content-Type", asked.media_type);
    http::Response response = service.ask(asked.method, asked.target, fields, asked.body);
    response.body = without_instants(std::move(response.body));
    return response;
}

std::string usage_of_others(MemoryService& service, const KeyHolder& all) {
    std::string usage;
    for (const char* question : {"dataset=cdn&by=slot", "dataset=media_storage&by=day"}) {
        std::string target = fmt::format("/v1/usage?{}&from=2026-11-01&to=2026-11-07", question);
        for (const std::string& name : any_of_others) {
            target += "&subject=" + name;
        }
        http::Fields fields = all.fields();
        fields.set("Accept", "text/csv");
        usage += service.ask("GET", target, fields).body;
    }
    return usage;
}

TEST_P(TwoWorlds, tell_the_holder_of_a_key_the_same_whatever_others_do_in_one_of_them) {
    MemoryService busy(mappings(), maker_of(GetParam()));
    MemoryService empty(mappings(), maker_of(GetParam()));
    const KeyHolder all = make_holder("all", {KeyScope::read});
    const std::vector<KeyHolder> holders = make_holders();
    std::vector<ApiKey> keys = {all.key};
    for (const KeyHolder& holder : holders) {
        keys.push_back(holder.key);
    }
    busy.keys().replace(keys);
    empty.keys().replace(keys);
    std::map<std::string, int> stored = {{"/v1/datasets/cdn/batches", 0},
                                         {"/v1/datasets/media_storage/events", 0},
                                         {"/v1/events", 0}};
    const auto all_were_stored = [&stored] {
        return std::ranges::all_of(stored, [](const auto& target) { return target.second > 0; });
    };
    const int steps = GetParam() == Kind::memory ? 400 : 250;
    // Some histories let through little of a kind for long.
    for (int step = 0; step < steps || (!all_were_stored() && step < 20 * steps); ++step) {
        others_work(busy);
        const KeyHolder& holder = holders.at(random.below(holders.size()));
        const Asked asked = anything();
        const std::string before = usage_of_others(busy, all);
        const http::Response one = ask(busy, holder, asked);
        const http::Response other = ask(empty, holder, asked);
        ASSERT_EQ(one.status, other.status) << asked.target << one.body << other.body;
        ASSERT_EQ(one.body, other.body) << asked.target;
        ASSERT_EQ(one.fields.all(), other.fields.all()) << asked.target;
        ASSERT_EQ(usage_of_others(busy, all), before) << asked.target;
        const auto target = stored.find(asked.target.substr(0, asked.target.find('?')));
        if (target != stored.end() && one.status == 201) {
            ++target->second;
        }
    }
    for (const auto& [target, count] : stored) {
        EXPECT_GT(count, 0) << target << ": nothing was ever let through";
    }
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         TwoWorlds,
                         testing::Values(Kind::memory, Kind::sqlite, Kind::postgres),
                         [](const auto& test) {
                             return test.param == Kind::memory   ? "memory"
                                    : test.param == Kind::sqlite ? "sqlite"
                                                                 : "postgres";
                         });

}  // namespace
}  // namespace tidemark::test
