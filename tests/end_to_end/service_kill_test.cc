// The service is killed under load, again and again: every batch, event and ping that it
// acknowledged is there exactly once, what it refused is not, and what it had no time to answer is
// there once or not at all.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>

#include "base/random.h"
#include "end_to_end/service_process.h"
#include "end_to_end/test_store.h"
#include "support/environment.h"
#include "support/eventually.h"
#include "support/http_client.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

// What one sender did until the service was gone.
struct Sent {
    std::int64_t acknowledged = 0;
    std::int64_t refused = 0;
    std::int64_t last_acknowledged = 0;  // the number of that request
    std::int64_t last_sent = 0;          // of the one that had no answer
};

// Sends the n-th request, n = 1, 2, ...; the status, or nothing when the service is gone.
using Send = std::optional<int> (*)(HttpConnection&, const std::string& name, std::int64_t n);

std::optional<int> status_of(const std::optional<HttpAnswer>& answer) {
    return answer.has_value() ? std::optional(answer->status) : std::nullopt;
}

std::optional<int> send_ping(HttpConnection& connection, const std::string& name, std::int64_t n) {
    // Every fifth one is none: the player's id cannot be read.
    const std::string aid = n % 5 == 0 ? "%2" : name;
    if (n % 2 == 0) {
        return status_of(connection.ask("GET", fmt::format("/v1/ping.gif?aid={}&e=s", name)));
    }
    return status_of(connection.ask("POST", "/v1/ping", {}, fmt::format("aid={}&e=s", aid)));
}

std::optional<int> send_batch(HttpConnection& connection, const std::string& name, std::int64_t n) {
    return status_of(
        connection.ask("POST",
                       fmt::format("/v1/datasets/cdn/batches?feed=f&batch_key={}-{}", name, n),
                       {{"Content-Type", "text/csv"}},
                       fmt::format("site_id,date,bytes_streamed,requests\n{},2026-11-01,{},1\n",
                                   name,
                                   n % 3 == 1 ? -1 : 7)));
}

std::optional<int> send_event(HttpConnection& connection, const std::string& name, std::int64_t n) {
    return status_of(connection.ask(
        "POST",
        "/v1/datasets/media_storage/events?feed=f",
        {{"Content-Type", "application/x-ndjson"}},
        fmt::format(
            R"({{"subject":"{}","bytes_stored":{},"observed_at":"2026-11-01T{:02}:{:02}:{:02}Z"}})"
            "\n",
            name,
            n,
            n / 3600 % 24,
            n / 60 % 60,
            n % 60)));
}

class ServiceKills : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        store.emplace(GetParam());
        (void)store->folder().write("tidemark.toml",
                                    "[compact]\nevery_ms = 20\n"
                                    "[pings]\njournal = \"pings\"\nevery = \"30ms\"\n");
    }

    // Sends until the service is gone.
    static Sent send_all(HttpConnection connection, const std::string& name, Send send) {
        Sent sent;
        for (std::int64_t n = 1;; ++n) {
            const std::optional<int> status = send(connection, name, n);
            sent.last_sent = n;
            if (!status.has_value()) {
                return sent;
            }
            EXPECT_TRUE(*status < 300 || *status == 400 || *status == 422 || *status == 503)
                << *status;
            if (*status < 300) {
                ++sent.acknowledged;
                sent.last_acknowledged = n;
            } else {
                ++sent.refused;
            }
        }
    }

    // One life of the service.
    void live(int round, std::chrono::milliseconds life) {
        ServiceProcess service(*store);
        const std::pair<std::string, Send> senders[] = {
            {fmt::format("p{}a", round), send_ping},
            {fmt::format("p{}b", round), send_ping},
            {fmt::format("p{}c", round), send_ping},
            {fmt::format("b{}", round), send_batch},
            {fmt::format("e{}", round), send_event},
        };
        std::vector<std::thread> threads;
        std::vector<Sent> results(std::size(senders));
        for (std::size_t index = 0; index < std::size(senders); ++index) {
            // Connected before the clock runs: it may be killed at once.
            threads.emplace_back([&, index, connection = HttpConnection(service.port())]() mutable {
                results[index] =
                    send_all(std::move(connection), senders[index].first, senders[index].second);
            });
        }
        std::this_thread::sleep_for(life);
        service.process().send_signal(SIGKILL);
        (void)service.process().finish();
        for (std::thread& thread : threads) {
            thread.join();
        }
        for (std::size_t index = 0; index < std::size(senders); ++index) {
            ledger[senders[index].first] = results[index];
        }
    }

    static std::int64_t number(std::uint16_t port, const std::string& target, const char* metric) {
        const HttpAnswer answer = ask_once(port, "GET", target);
        EXPECT_EQ(answer.status, 200) << answer.body;
        const json document = json::parse(answer.body);
        const json row = document["rows"].empty() ? json::object() : json(document["rows"][0]);
        return row.contains("no_data") || !row.contains(metric) ? 0
                                                                : row[metric].get<std::int64_t>();
    }

    // What the service says of a sender.
    static std::int64_t counted(std::uint16_t port, const std::string& name) {
        const std::string range = "&from=2026-11-01&to=2026-11-02&by=total&subject=" + name;
        switch (name.front()) {
            case 'p':
                return number(port, "/v1/usage?dataset=ping&by=total&subject=" + name, "plays");
            case 'b':
                return number(port, "/v1/usage?dataset=cdn" + range, "requests");
            default:
                return number(port, "/v1/usage?dataset=media_storage" + range, "bytes_stored");
        }
    }

    std::optional<TestStore> store;
    std::map<std::string, Sent> ledger;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         ServiceKills,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(ServiceKills, lose_and_double_nothing_that_was_acknowledged) {
    RandomStream random(announced_seed(), "service kills");
    const auto kills = static_cast<int>(number_from_environment("TIDEMARK_SERVICE_KILLS", 20));
    for (int round = 0; round < kills; ++round) {
        ASSERT_NO_FATAL_FAILURE(live(round, std::chrono::milliseconds(20 + random.below(300))));
    }
    ServiceProcess service(*store);
    const auto journal_is_empty = [this] {
        std::size_t files = 0;
        for (const auto& entry :
             std::filesystem::directory_iterator(store->folder().path() / "pings")) {
            files += entry.path().filename() == "lock" ? 0U : 1U;
        }
        return files == 0;
    };
    ASSERT_TRUE(eventually(journal_is_empty)) << service.process().errors_so_far();
    std::map<char, Sent> all;
    for (const auto& [name, sent] : ledger) {
        // An event's value is its number; the others each count one.
        const bool is_event = name.front() == 'e';
        const std::int64_t found = counted(service.port(), name);
        EXPECT_GE(found, is_event ? sent.last_acknowledged : sent.acknowledged) << name;
        EXPECT_LE(found, is_event ? sent.last_sent : sent.acknowledged + 1) << name;
        all[name.front()].acknowledged += sent.acknowledged;
        all[name.front()].refused += sent.refused;
    }
    std::printf(
        "%d kills; acknowledged %lld pings, %lld batches, %lld events; refused %lld and %lld\n",
        kills,
        static_cast<long long>(all['p'].acknowledged),
        static_cast<long long>(all['b'].acknowledged),
        static_cast<long long>(all['e'].acknowledged),
        static_cast<long long>(all['p'].refused),
        static_cast<long long>(all['b'].refused));
    EXPECT_GT(all['p'].acknowledged, kills);
    EXPECT_GT(all['p'].refused, 0);
    EXPECT_GT(all['b'].refused, 0);
    EXPECT_EQ(service.stop().exit_code, 0);
}

}  // namespace
}  // namespace tidemark::test
