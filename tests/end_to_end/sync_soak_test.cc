// Files come in disorder and late, days are folded and sealed, workers of every kind are killed at
// any moment; and readers never see synced-through or the seam move back, pass a slot that nobody
// handed over, or an amount up to there that is not the amount of it.

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "end_to_end/delivery_ledger.h"
#include "end_to_end/sync_steps.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

const std::vector<std::string> feeds = {"fastly", "edgecast"};

constexpr int slots_at_least = 100;  // two days

class SyncSoak : public SyncSteps {
 protected:
    void SetUp() override {
        SyncSteps::SetUp();
        if (!IsSkipped()) {
            configure(
                "[compact]\nretention = \"never\"\n[sync.cdn]\norigin = "
                "\"2020-01-01\"\n[sync.ping]\nrequired = false\n"
                "[feed.fastly]\ndataset = \"cdn\"\nformat = \"combined\"\nsubject = \"path:1\"\n"
                "[feed.edgecast]\ndataset = \"cdn\"\nformat = \"combined\"\nsubject = "
                "\"path:1\"\n");
        }
    }

    void fail(const std::string& words) {
        failed_ = true;
        ADD_FAILURE() << words;
    }

    [[nodiscard]] bool goes_on(SteadyTime deadline) const {
        return std::chrono::steady_clock::now() < deadline && !failed_;
    }

    // True when it was killed before it ended by itself.
    bool killed(Process& process, milliseconds after) {
        if (process.wait(after)) {
            return false;
        }
        process.send_signal(SIGKILL);
        ++kill_count_;
        return process.finish().exit_code == 128 + SIGKILL;
    }

    // Another process kept the database for a minute: a disk that stands still for so long is no
    // fault of the program, which says what to do then.
    static bool is_to_try_again(const ProcessEnd& end) {
        return end.exit_code == 1 && end.errors.find(": try again") != std::string::npos;
    }

    // Hands a file over until the program says that it is stored, killed on the way now and then.
    void deliver(const Delivery& delivery, RandomStream& random) {
        const std::string file = store->folder().write(
            delivery.feed + std::to_string(++file_count_) + ".log", delivery.lines());
        std::vector<std::string> arguments = {"aggregate", "--feed", delivery.feed, file};
        if (delivery.covers) {
            arguments.insert(arguments.begin() + 1, {"--covers", delivery.range()});
        }
        ledger_.hand_over(delivery);
        if (random.chance(0.2)) {
            Process process(store->start(arguments));
            (void)killed(process, milliseconds(random.below(200)));
        }
        ProcessEnd end = run(arguments);
        while (is_to_try_again(end)) {
            end = run(arguments);
        }
        if (end.exit_code != 0) {
            fail("aggregate: " + end.to_string());
        }
        ledger_.acknowledge(delivery);
    }

    // One feed: its slots in stretches, some of which are kept back while later ones come, and
    // further lines for slots that may long be sealed.
    void feed_until(SteadyTime deadline, const std::string& feed, RandomStream random) {
        std::deque<Delivery> kept_back;
        int front = 0;
        // However slow the machine is, days come to their end.
        while (goes_on(deadline) || (front < slots_at_least && !failed_)) {
            const int end = front + 1 + static_cast<int>(random.below(24));
            const Delivery next{.feed = feed, .begin = front, .end = end};
            front = end;
            if (random.chance(0.2)) {
                kept_back.push_back(next);
            } else {
                deliver(next, random);
            }
            if (!kept_back.empty() && random.chance(0.3)) {
                deliver(kept_back.front(), random);
                kept_back.pop_front();
            }
            if (random.chance(0.1)) {
                const int slot = static_cast<int>(random.below(static_cast<std::uint64_t>(front)));
                deliver({.feed = feed, .begin = slot, .end = slot + 1, .covers = false}, random);
            }
        }
        for (const Delivery& delivery : kept_back) {
            deliver(delivery, random);
        }
    }

    void watch_until(SteadyTime deadline, RandomStream random) {
        while (goes_on(deadline)) {
            Process worker = watch("200ms");
            (void)killed(worker, milliseconds(300 + random.below(3000)));
        }
    }

    void compact_until(SteadyTime deadline, RandomStream random) {
        while (goes_on(deadline)) {
            Process folder(store->start({"compact"}));
            if (random.chance(0.4)) {
                (void)killed(folder, milliseconds(random.below(300)));
            } else if (const ProcessEnd end = folder.finish();
                       end.exit_code != 0 && !is_to_try_again(end)) {
                fail("compact: " + end.to_string());
            }
        }
    }

    // An instant of the answer as a slot's number; 0 where it is unknown.
    static int slot_in(const json& answer, const char* field) {
        return answer[field].is_null() ? 0 : slot_of(answer[field].get<std::string>());
    }

    void read_sources_until(const std::atomic<bool>& stop) {
        int seam = 0;
        int synced = 0;
        while (!stop && !failed_) {
            const json cdn = dataset();
            const int seam_now = slot_in(cdn, "seam");
            const int synced_now = slot_in(cdn, "synced_through");
            if (seam_now < seam || synced_now < synced) {
                fail("moved back from " + std::to_string(seam) + ", " + std::to_string(synced) +
                     ": " + cdn.dump());
            }
            if (std::max(seam_now, synced_now) > ledger_.complete_at_most()) {
                fail("past a hole: " + cdn.dump());
            }
            if (cdn["status"] == "regressed") {
                fail("regressed: " + cdn.dump());
            }
            seam = seam_now;
            synced = synced_now;
            ++read_count_;
        }
    }

    void read_usage_until(const std::atomic<bool>& stop) {
        int until = 0;
        while (!stop && !failed_) {
            // What was acknowledged before the question must be in the answer; up to where that
            // will be asked is known only afterwards.
            const std::vector<int> before = ledger_.acknowledged_bytes();
            const ProcessEnd end = run({"usage",
                                        "--synced",
                                        "--from",
                                        "2020-01-01",
                                        "--to",
                                        "2026-01-01",
                                        "--by",
                                        "total",
                                        "--format",
                                        "json"});
            if (end.exit_code == 3 && until == 0) {
                continue;  // nothing is known yet
            }
            const json answer = json::parse(end.output, nullptr, false);
            if (end.exit_code != 0 || answer.is_discarded()) {
                fail("usage: " + end.to_string());
                return;
            }
            const int until_now = slot_in(answer, "until");
            std::int64_t found = 0;
            for (const json& row : answer["rows"]) {
                found += row["bytes_streamed"].is_number() ? row["bytes_streamed"].get<int>() : 0;
            }
            if (until_now < until || found < DeliveryLedger::bytes_before(before, until_now) ||
                found > ledger_.bytes_at_most(until_now)) {
                fail("usage --synced: " + end.output);
            }
            until = until_now;
            ++read_count_;
        }
    }

    // A worker that was killed leads until its lease is over; the next one publishes then.
    json dataset_sealed_through(int slot) {
        const SteadyTime deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        json cdn;
        do {
            expect_done({"sync"});
            cdn = dataset();
        } while (slot_in(cdn, "seam") != slot && std::chrono::steady_clock::now() < deadline);
        return cdn;
    }

    void expect_all_of_it() {
        expect_done({"compact"});
        const int complete = ledger_.complete_at_most();
        const json cdn = dataset_sealed_through(complete / 48 * 48);
        EXPECT_EQ(slot_in(cdn, "synced_through"), complete);
        EXPECT_EQ(slot_in(cdn, "seam"), complete / 48 * 48) << cdn.dump();
        EXPECT_EQ(cdn["gaps"].size(), 0) << cdn.dump();
        const json total = usage({"--from", "2020-01-01", "--to", "2026-01-01", "--by", "total"});
        EXPECT_EQ(total["rows"][0]["bytes_streamed"],
                  ledger_.bytes_at_most(std::numeric_limits<int>::max()));
        EXPECT_GT(complete, 48) << "nothing was ever sealed";
        std::printf("%d files, %d kills, %d reads; complete through %s\n",
                    file_count_.load(),
                    kill_count_.load(),
                    read_count_.load(),
                    cdn["synced_through"].get<std::string>().c_str());
    }

    DeliveryLedger ledger_{feeds};
    std::atomic<bool> failed_ = false;
    std::atomic<int> file_count_ = 0;
    std::atomic<int> kill_count_ = 0;
    std::atomic<int> read_count_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         SyncSoak,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         name_of_store);

TEST_P(SyncSoak, nothing_moves_back_or_past_a_hole_whoever_is_killed) {
    const std::uint64_t seed = announced_seed();
    const SteadyTime deadline =
        std::chrono::steady_clock::now() +
        std::chrono::seconds(number_from_environment("TIDEMARK_SOAK_SECONDS", 30));
    RandomStream random(seed, "first");
    deliver({.feed = feeds.front(), .begin = 0, .end = 1, .covers = false}, random);
    std::atomic<bool> stop = false;
    std::vector<std::jthread> readers;
    readers.emplace_back([&] { read_sources_until(stop); });
    readers.emplace_back([&] { read_usage_until(stop); });
    std::vector<std::jthread> workers;
    for (const std::string& feed : feeds) {
        workers.emplace_back([&] { feed_until(deadline, feed, RandomStream(seed, feed)); });
    }
    for (const char* name : {"first watcher", "second watcher"}) {
        workers.emplace_back([&, name] { watch_until(deadline, RandomStream(seed, name)); });
    }
    workers.emplace_back([&] { compact_until(deadline, RandomStream(seed, "compact")); });
    workers.clear();
    stop = true;
    readers.clear();
    if (!failed_) {
        expect_all_of_it();
    }
}

}  // namespace
}  // namespace tidemark::test
