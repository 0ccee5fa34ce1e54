#include "worker/verify.h"

#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "store/memory/memory_store.h"

namespace tidemark {
namespace {

using std::chrono::seconds;

class VerifyWatchTest : public testing::Test {
 protected:
    VerifyWatchTest() : store(open_memory_store(make_memory_database(), clock)) {
        EXPECT_TRUE(store->prepare_dataset(built_in_datasets()[0]).has_value());
    }

    // What a watch verifies first.
    std::vector<std::pair<std::string, std::int64_t>> watched(const VerifyWatch& watch) {
        std::vector<std::pair<std::string, std::int64_t>> seen;
        std::atomic<bool> stop{false};
        const Result<void> ended = watch_and_verify(
            *store, clock, watch, stop, [&](const std::string& dataset, std::int64_t differences) {
                seen.emplace_back(dataset, differences);
                stop = true;
            });
        EXPECT_TRUE(ended.has_value());
        return seen;
    }

    ManualClock clock{Timestamp(seconds(1'800'000'000))};
    std::unique_ptr<Store> store;
};

TEST_F(VerifyWatchTest, each_dataset_is_a_run) {
    std::vector<std::string> seen;
    ASSERT_TRUE(verify_last_days(*store, clock, 7, [&](const std::string& dataset, auto) {
                    seen.push_back(dataset);
                }).has_value());
    EXPECT_EQ(seen, std::vector<std::string>{"cdn"});
    const auto runs = store->find_runs({.job = "verify"}).value();
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs[0].dataset, "cdn");
    EXPECT_EQ(runs[0].outcome, RunOutcome::succeeded);
}

TEST_F(VerifyWatchTest, it_verifies_when_the_last_run_is_long_enough_ago) {
    const VerifyWatch watch{.every = seconds(3600), .poll = std::chrono::milliseconds(1)};
    EXPECT_EQ(watched(watch).size(), 1U) << "nothing was ever verified";
    std::atomic<bool> stop{false};
    std::atomic<int> verified{0};
    std::thread other([&] {
        EXPECT_TRUE(watch_and_verify(*store,
                                     clock,
                                     {.every = seconds(1), .poll = std::chrono::milliseconds(1)},
                                     stop,
                                     [&](const std::string&, std::int64_t) { ++verified; })
                        .has_value());
    });
    clock.advance(seconds(2));
    while (verified == 0) {
        std::this_thread::yield();
    }
    stop = true;
    other.join();
    EXPECT_EQ(verified, 1) << "the clock stands still since";
}

}  // namespace
}  // namespace tidemark
