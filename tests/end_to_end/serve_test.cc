// The real service on both stores, over sockets, beside the command line.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/service_process.h"
#include "end_to_end/test_store.h"
#include "support/http_client.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

class ServeEndToEnd : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        store.emplace(GetParam());
    }

    // The command's output; it must succeed.
    std::string output(std::vector<std::string> arguments) const {
        const ProcessEnd end = store->run(std::move(arguments));
        EXPECT_EQ(end.exit_code, 0) << end.to_string();
        return end.output;
    }

    void fill() const {
        std::string rows = "site_id,slot,bytes_streamed,requests\n";
        for (int site = 0; site < 20; ++site) {
            for (int slot = 0; slot < 48; slot += 5) {
                rows += fmt::format("site-{},2026-10-{:02}T{:02}:{:02}Z,{},{}\n",
                                    site,
                                    20 + site % 7,
                                    slot / 2,
                                    slot % 2 * 30,
                                    site * 1'000'003 + slot,
                                    slot);
            }
        }
        (void)output({"batch",
                      "--dataset",
                      "cdn",
                      "--feed",
                      "history",
                      "--key",
                      "one",
                      store->folder().write("rows.csv", rows)});
    }

    std::optional<TestStore> store;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         ServeEndToEnd,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

// How old the metadata is changes from one call to the next.
json without_age(const std::string& text) {
    json document = json::parse(text);
    document.erase("metadata_age");
    if (document.contains("metadata")) {
        document["metadata"].erase("age_s");
    }
    return document;
}

TEST_P(ServeEndToEnd, the_numbers_are_those_of_the_command_line) {
    fill();
    (void)output({"sync"});
    ServiceProcess service(*store, {"--answers-only"});
    struct Case {
        const char* target;
        std::vector<std::string> arguments;
    };
    const Case cases[] = {
        {"subject=site-3&subject=site-4&by=day", {"--subject", "site-3", "--subject", "site-4"}},
        {"by=slot&subject=site-5", {"--by", "slot", "--subject", "site-5"}},
        {"top=7&metric=requests&by=total", {"--top", "7", "--metric", "requests", "--by", "total"}},
        {"by=month", {"--by", "month"}},
        {"tz=America/New_York&subject=site-6", {"--tz", "America/New_York", "--subject", "site-6"}},
        {"top=3&by=day&compare=previous", {"--top", "3", "--by", "day", "--compare", "previous"}},
    };
    for (const Case& each : cases) {
        std::vector<std::string> arguments = {
            "usage", "--from", "2026-10-20", "--to", "2026-10-28", "--format", "json"};
        arguments.insert(arguments.end(), each.arguments.begin(), each.arguments.end());
        const std::string target =
            std::string("/v1/usage?dataset=cdn&from=2026-10-20&to=2026-10-28&") + each.target;
        const HttpAnswer answer = ask_once(service.port(), "GET", target);
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(without_age(answer.body), without_age(output(arguments))) << target;
        arguments[6] = "csv";
        EXPECT_EQ(ask_once(service.port(), "GET", target, {{"Accept", "text/csv"}}).body,
                  output(arguments));
    }
    const auto body_of = [&](const char* target) {
        return ask_once(service.port(), "GET", target).body;
    };
    EXPECT_EQ(without_age(body_of("/v1/sources")), without_age(output({"sources", "--json"})));
    EXPECT_EQ(body_of("/v1/batches?dataset=cdn"), output({"batches", "--json"}));
    EXPECT_EQ(json::parse(body_of("/v1/runs?job=batch"))["runs"].size(), 1U);
}

// Another process stores, folds and takes back beside the service.
TEST_P(ServeEndToEnd, a_tag_holds_until_another_process_changes_the_answer) {
    fill();
    ServiceProcess service(*store, {"--answers-only"});
    const char* const target = "/v1/usage?dataset=cdn&from=2026-10-20&to=2026-10-28&subject=site-3";
    const auto status = [&](const std::string& tag) {
        return ask_once(service.port(), "GET", target, {{"If-None-Match", tag}}).status;
    };
    const std::string tag = ask_once(service.port(), "GET", target).field("etag");
    EXPECT_EQ(status(tag), 304);
    (void)output({"compact"});
    EXPECT_EQ(status(tag), 304) << "a fold changes no answer";
    (void)output({"void", "cdn:1", "--reason", "twice"});
    EXPECT_EQ(status(tag), 200);
}

// Whoever is told that nothing has changed is told the truth, however often he asks.
TEST_P(ServeEndToEnd, a_poll_sees_a_batch_as_soon_as_it_is_acknowledged) {
    fill();
    ServiceProcess service(*store, {"--answers-only"});
    const char* const target = "/v1/usage?dataset=cdn&from=2026-10-20&to=2026-10-28&subject=site-3";
    std::string tag = ask_once(service.port(), "GET", target).field("etag");
    for (int batch = 0; batch < 15; ++batch) {
        std::atomic<bool> stored{false};
        std::thread poller([&] {
            while (!stored) {
                const int status =
                    ask_once(service.port(), "GET", target, {{"If-None-Match", tag}}).status;
                EXPECT_TRUE(status == 304 || status == 200);
            }
        });
        (void)output({"batch",
                      "--dataset",
                      "cdn",
                      "--feed",
                      "late",
                      "--key",
                      std::to_string(batch),
                      store->folder().write("late.csv",
                                            "site_id,slot,bytes_streamed,requests\n"
                                            "site-3,2026-10-21T00:00Z,1,1\n")});
        const HttpAnswer answer =
            ask_once(service.port(), "GET", target, {{"If-None-Match", tag}});
        stored = true;
        poller.join();
        ASSERT_EQ(answer.status, 200) << "batch " << batch;
        ASSERT_NE(answer.field("etag"), tag);
        tag = answer.field("etag");
    }
}

// The connection that is asked whether anything was committed is one of those that end.
TEST_P(ServeEndToEnd, a_poll_survives_that_the_server_ends_all_connections) {
    fill();
    ServiceProcess service(*store, {"--answers-only"});
    const char* const target = "/v1/usage?dataset=cdn&from=2026-10-20&to=2026-10-28&subject=site-3";
    const std::string tag = ask_once(service.port(), "GET", target).field("etag");
    const auto poll = [&] {
        return ask_once(service.port(), "GET", target, {{"If-None-Match", tag}}).status;
    };
    for (int round = 0; round < 3; ++round) {
        for (int turn = 0; turn < 50; ++turn) {
            ASSERT_EQ(poll(), 304);
        }
        if (GetParam() == StoreKind::postgres) {
            store->take_away();
            store->give_back();
        }
        // A request whose connection of the pool was ended may fail, and the next has another.
        int tries = 0;
        while (poll() != 304 && ++tries < 20) {
        }
        EXPECT_LT(tries, 20);
    }
}

TEST_P(ServeEndToEnd, pages_have_what_the_command_line_says_of_each_subject) {
    fill();
    ServiceProcess service(*store, {"--answers-only"});
    const std::string base = "/v1/usage?dataset=cdn&from=2026-10-20&to=2026-10-28&limit=7";
    std::string csv;
    for (std::string target = base; !target.empty();) {
        const HttpAnswer page = ask_once(service.port(), "GET", target, {{"Accept", "text/csv"}});
        ASSERT_EQ(page.status, 200) << page.body;
        csv += csv.empty() ? page.body : page.body.substr(page.body.find('\n') + 1);
        const std::string link = page.field("link");
        target = link.empty() ? "" : "/v1/usage" + link.substr(1, link.find('>') - 1);
    }
    std::vector<std::string> names;
    for (int site = 0; site < 20; ++site) {
        names.push_back(fmt::format("site-{}", site));
    }
    std::ranges::sort(names);
    std::vector<std::string> arguments = {
        "usage", "--from", "2026-10-20", "--to", "2026-10-28", "--format", "csv"};
    for (const std::string& name : names) {
        arguments.insert(arguments.end(), {"--subject", name});
    }
    EXPECT_EQ(csv, output(arguments));
}

TEST_P(ServeEndToEnd, each_request_has_a_line_in_the_log_under_its_id) {
    ServiceProcess service(*store, {"--answers-only"});
    const HttpAnswer named =
        ask_once(service.port(), "GET", "/v1/usage?dataset=cdm", {{"X-Request-Id", "order-66"}});
    EXPECT_EQ(named.field("x-request-id"), "order-66");
    const HttpAnswer lost = ask_once(service.port(), "GET", "/nowhere");
    const ProcessEnd end = service.stop();
    for (const std::string& part :
         {std::string("http.request id=order-66 peer=127.0.0.1 key=\"\" method=GET "
                      "target=\"/v1/usage?dataset=cdm\" route=/v1/usage status=400 bytes_in=0 "),
          "http.request id=" + lost.field("x-request-id") + " ",
          std::string("target=/nowhere route=none status=404 ")}) {
        EXPECT_NE(end.errors.find(part), std::string::npos) << part << "\n" << end.errors;
    }
}

TEST_P(ServeEndToEnd, it_verifies_the_last_days_meanwhile_and_counts_what_differs) {
    (void)store->folder().write("tidemark.toml", "[verify]\nevery = \"1s\"\n");
    ServiceProcess service(*store);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const char* const line = "tidemark_verify_differences{dataset=\"cdn\"} 0\n";
    while (ask_once(service.port(), "GET", "/metrics").body.find(line) == std::string::npos) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
    const json runs =
        json::parse(ask_once(service.port(), "GET", "/v1/runs?job=verify").body)["runs"];
    EXPECT_FALSE(runs.empty());
}

TEST_P(ServeEndToEnd, it_folds_and_synchronises_meanwhile_and_stops_in_good_order) {
    fill();
    (void)store->folder().write("tidemark.toml",
                                "[compact]\nevery_ms = 10\n[sync]\nevery = \"1s\"\n");
    ServiceProcess service(*store);
    EXPECT_EQ(ask_once(service.port(), "GET", "/readyz").status, 200);
    const auto job_succeeded = [&](const char* job) {
        const std::string target = fmt::format("/v1/runs?job={}", job);
        const json runs = json::parse(ask_once(service.port(), "GET", target).body)["runs"];
        return !runs.empty() && runs[0]["outcome"] == "succeeded";
    };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto both = [&] {
        const json sources = json::parse(ask_once(service.port(), "GET", "/v1/sources").body);
        return job_succeeded("compact") && sources["metadata"]["origin"] == "store";
    };
    while (!both()) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
    const ProcessEnd end = service.stop();
    EXPECT_EQ(end.exit_code, 0) << end.to_string();
    const json runs = json::parse(output({"runs", "--job", "serve", "--json"}))["runs"];
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs[0]["outcome"], "succeeded");
}

TEST_P(ServeEndToEnd, keys_open_it_once_there_is_one) {
    ServiceProcess service(*store, {"--answers-only"});
    const auto ask = [&service](const std::string& key) {
        return ask_once(service.port(),
                        "GET",
                        "/v1/sources",
                        key.empty() ? HttpFields{} : HttpFields{{"Authorization", "Bearer " + key}})
            .status;
    };
    const auto make = [this](std::vector<std::string> arguments) {
        std::string key = output(std::move(arguments));
        key.pop_back();
        return key;
    };
    const auto becomes = [&ask](const std::string& key, int status) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (ask(key) != status) {
            if (std::chrono::steady_clock::now() > deadline) {
                return false;
            }
        }
        return true;
    };
    EXPECT_EQ(ask(""), 200);
    const std::string first = make({"keys", "create", "reader", "--scope", "read"});
    EXPECT_TRUE(becomes("", 401));
    EXPECT_EQ(ask(first), 200);
    const json listed = json::parse(output({"keys", "list", "--json"}))["keys"][0];
    EXPECT_EQ(listed["name"], "reader");
    EXPECT_EQ(output({"keys", "list"}).find(first), std::string::npos);
    const std::string second = make({"keys", "rotate", listed["id"].get<std::string>()});
    EXPECT_TRUE(becomes(first, 401));
    EXPECT_TRUE(becomes(second, 200));
    EXPECT_EQ(store->run({"keys", "create", "reader", "--scope", "read"}).exit_code, 3);
    EXPECT_EQ(store->run({"keys", "create", "other", "--scope", "write"}).exit_code, 2);
    EXPECT_EQ(store->run({"keys", "revoke", "0123456789abcdef"}).exit_code, 1);
    ProcessStart start = store->start({"keys", "token", "--subject", "site"});
    start.input = second + "\n";
    std::string token = run_process(start).output;
    ASSERT_FALSE(token.empty());
    token.pop_back();
    EXPECT_EQ(ask(token), 403);
    EXPECT_EQ(ask_once(service.port(),
                       "GET",
                       "/v1/usage?dataset=cdn&subject=site",
                       {{"Authorization", "Bearer " + token}})
                  .status,
              200);
    EXPECT_NE(service.stop().errors.find("key=reader"), std::string::npos);
}

TEST_P(ServeEndToEnd, it_refuses_to_be_reached_by_others_unless_told) {
    const ProcessEnd refused = store->run({"serve", "--listen", "0.0.0.0:0"});
    EXPECT_EQ(refused.exit_code, 3) << refused.to_string();
    EXPECT_NE(refused.errors.find("--allow-public"), std::string::npos);
    EXPECT_EQ(store->run({"serve", "--listen", "localhost:8080"}).exit_code, 2);
    EXPECT_EQ(store->run({"serve", "--listen", "127.0.0.1:99999"}).exit_code, 2);
}

}  // namespace
}  // namespace tidemark::test
