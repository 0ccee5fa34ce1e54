// kill -9 of the service under load: what it acknowledged is there once, what it refused is not.
//
// Clients send batches without pause, each sender one at a time, and now and then one that must be
// refused. The service is killed at a random moment and started again. The total must then be that
// of all acknowledged batches and of some of those whose answer nobody heard; each of these is sent
// again until it is acknowledged, and in the end the total is that of all of them.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "end_to_end/service_process.h"
#include "end_to_end/test_store.h"
#include "support/environment.h"
#include "support/http_client.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

constexpr int sender_count = 3;

struct Sent {
    std::string key;
    std::string rows;
    std::int64_t total = 0;
};

// One client. Runs in a thread of its own for a while, and stands still between.
class Sender {
 public:
    Sender(int number, std::uint64_t seed)
        : number_(number), random_(seed, fmt::format("sender {}", number)) {}

    // Until the service is gone.
    void send_until_gone(std::uint16_t port) {
        HttpConnection connection(port);
        while (send_one(connection)) {
        }
    }

    // What nobody heard of is sent again; true when it was acknowledged, or there was nothing.
    bool send_pending(std::uint16_t port) {
        if (pending_.has_value()) {
            HttpConnection connection(port);
            (void)send_batch(connection);
        }
        return !pending_.has_value();
    }

    [[nodiscard]] std::int64_t acknowledged_total() const { return acknowledged_total_; }
    [[nodiscard]] int acknowledged_count() const { return acknowledged_count_; }
    [[nodiscard]] int unheard_count() const { return unheard_count_; }
    [[nodiscard]] std::int64_t pending_total() const {
        return pending_.has_value() ? pending_->total : 0;
    }
    [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
    bool send_one(HttpConnection& connection) {
        if (!pending_.has_value()) {
            pending_ = make_batch();
        }
        if (!send_batch(connection)) {
            return false;
        }
        return pending_.has_value() || !random_.chance(0.2) || send_wrong(connection);
    }

    Sent make_batch() {
        Sent batch{.key = fmt::format("{}-{}", number_, ++batches_), .rows = header};
        for (std::uint64_t count = 1 + random_.below(200); count > 0; --count) {
            const auto value = static_cast<std::int64_t>(random_.below(1'000'000));
            batch.rows += fmt::format(
                "site-{},2026-10-0{},{},1\n", random_.below(50), 1 + random_.below(3), value);
            batch.total += value;
        }
        return batch;
    }

    std::optional<HttpAnswer> post(HttpConnection& connection,
                                   const std::string& key,
                                   const std::string& rows) const {
        return connection.ask(
            "POST",
            fmt::format("/v1/datasets/cdn/batches?feed=sender-{}&batch_key={}", number_, key),
            {{"Content-Type", "text/csv"}},
            rows);
    }

    bool send_batch(HttpConnection& connection) {
        const auto answer = post(connection, pending_->key, pending_->rows);
        if (!answer.has_value()) {
            ++unheard_count_;
            return false;
        }
        if (answer->status == 503) {
            return true;  // busy: the same again
        }
        if (answer->status != 200 && answer->status != 201) {
            complaint_ = answer->body;
            return false;
        }
        if (json::parse(answer->body)["totals"]["bytes_streamed"] != pending_->total) {
            complaint_ = "another total: " + answer->body;
        }
        acknowledged_total_ += pending_->total;
        ++acknowledged_count_;
        pending_.reset();
        return true;
    }

    // A row that cannot be, and other rows under a key that is known.
    bool send_wrong(HttpConnection& connection) {
        const auto rejected = post(connection,
                                   fmt::format("wrong-{}", batches_),
                                   std::string(header) + "x,2026-10-01,5,1\ny,2026-10-01,-1,1\n");
        const auto conflicting = post(
            connection, fmt::format("{}-1", number_), std::string(header) + "x,2026-10-01,7,1\n");
        if (rejected.has_value() && conflicting.has_value() &&
            (rejected->status != 422 || conflicting->status != 409)) {
            complaint_ = rejected->body + conflicting->body;
        }
        return conflicting.has_value();
    }

    static constexpr const char* header = "site_id,date,bytes_streamed,requests\n";

    int number_;
    RandomStream random_;
    int batches_ = 0;
    std::optional<Sent> pending_;
    std::int64_t acknowledged_total_ = 0;
    int acknowledged_count_ = 0;
    int unheard_count_ = 0;
    std::string complaint_;
};

std::int64_t total_at(std::uint16_t port) {
    const HttpAnswer answer =
        ask_once(port, "GET", "/v1/usage?dataset=cdn&from=2026-10-01&to=2026-10-04&by=total");
    const json row = json::parse(answer.body)["rows"][0];
    return row.contains("no_data") ? 0 : row["bytes_streamed"].get<std::int64_t>();
}

// Whether the total is that of what was acknowledged and of some of what was not heard of.
bool is_possible(std::int64_t total, const std::vector<Sender>& senders) {
    std::int64_t acknowledged = 0;
    for (const Sender& sender : senders) {
        acknowledged += sender.acknowledged_total();
    }
    for (unsigned chosen = 0; chosen < 1U << senders.size(); ++chosen) {
        std::int64_t sum = acknowledged;
        for (std::size_t i = 0; i < senders.size(); ++i) {
            sum += (chosen >> i & 1U) != 0 ? senders[i].pending_total() : 0;
        }
        if (sum == total) {
            return true;
        }
    }
    return false;
}

class ServeKills : public testing::TestWithParam<StoreKind> {};
INSTANTIATE_TEST_SUITE_P(Stores,
                         ServeKills,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(ServeKills, lose_and_double_nothing_that_was_acknowledged) {
    if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
        GTEST_SKIP() << reason;
    }
    const std::uint64_t seed = announced_seed();
    RandomStream random(seed, "kills");
    const TestStore store(GetParam());
    (void)store.folder().write("tidemark.toml", "[compact]\nevery_ms = 10\nbatches_max = 3\n");
    std::vector<Sender> senders;
    for (int number = 0; number < sender_count; ++number) {
        senders.emplace_back(number, seed);
    }
    const std::uint64_t kill_count = number_from_environment("TIDEMARK_KILLS", 20);
    for (std::uint64_t kill = 0; kill < kill_count; ++kill) {
        ServiceProcess service(store);
        ASSERT_TRUE(is_possible(total_at(service.port()), senders)) << "after kill " << kill;
        std::vector<std::thread> threads;
        for (Sender& sender : senders) {
            threads.emplace_back([&sender, &service] { sender.send_until_gone(service.port()); });
        }
        // Nobody waits for anything but the moment.
        service.process().wait(std::chrono::milliseconds(random.below(600)));
        service.process().send_signal(SIGKILL);
        for (std::thread& thread : threads) {
            thread.join();
        }
        for (const Sender& sender : senders) {
            ASSERT_EQ(sender.complaint(), "");
        }
    }
    ServiceProcess service(store);
    std::int64_t acknowledged = 0;
    int batches = 0;
    int unheard = 0;
    for (Sender& sender : senders) {
        while (!sender.send_pending(service.port())) {
            ASSERT_EQ(sender.complaint(), "");
        }
        acknowledged += sender.acknowledged_total();
        batches += sender.acknowledged_count();
        unheard += sender.unheard_count();
    }
    EXPECT_EQ(total_at(service.port()), acknowledged);
    std::printf("%d kills, %d batches acknowledged, %d answers nobody heard\n",
                static_cast<int>(kill_count),
                batches,
                unheard);
    EXPECT_EQ(service.stop().exit_code, 0);
}

}  // namespace
}  // namespace tidemark::test
