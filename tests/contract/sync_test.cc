// What every store promises to synchronisation: one moment, one leader, no way back.

#include <atomic>
#include <chrono>
#include <thread>

#include "contract/store_steps.h"

namespace tidemark::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds long_lease{60'000};

class SyncContract : public StoreTest {
 protected:
    void cover(std::string_view feed, int begin, int end) { cover(*store, feed, begin, end); }

    static void cover(Store& by, std::string_view feed, int begin, int end) {
        const std::int64_t run = by.begin_run("aggregate", "cdn", feed).value();
        RunEnd run_end{.outcome = RunOutcome::succeeded, .covered = {}, .error = {}};
        run_end.covered.add({Slot::of_day(day(0), begin), Slot::of_day(day(0), end)});
        EXPECT_EQ(outcome_of(by.end_run(run, run_end)), "ok");
    }

    static std::size_t range_count(const Freshness& freshness) {
        const auto& feeds = freshness.datasets.at("cdn").feeds;
        const auto found = feeds.find("fastly");
        return found == feeds.end() ? 0 : found->second.ranges().size();
    }
};
INSTANTIATE_TEST_SUITE_P(Stores, SyncContract, testing::ValuesIn(store_factories()), store_name);

TEST_P(SyncContract, shows_what_each_feed_covers_joined) {
    cover("fastly", 0, 1);
    cover("fastly", 1, 2);
    cover("fastly", 4, 6);
    cover("edgecast", 0, 2);
    const Freshness freshness = store->read_freshness().value();
    const DatasetFreshness& seen = freshness.datasets.at("cdn");
    EXPECT_EQ(seen.kind, DatasetKind::counter);
    ASSERT_EQ(seen.feeds.size(), 2);
    EXPECT_EQ(seen.feeds.at("fastly").ranges().size(), 2);
    EXPECT_EQ(seen.feeds.at("fastly"), store->coverage("cdn", "fastly").value());
    EXPECT_EQ(freshness.generation, 1);
    EXPECT_GT(freshness.now, Timestamp());
}

TEST_P(SyncContract, shows_sealed_days_and_which_of_them_are_dirty) {
    stored(*store, "a", {{"x", 0, 0, 1, 1}, {"x", 1, 0, 1, 1}});
    folded(*store);
    const std::vector<UtcDay> days = {day(0), day(1)};
    ASSERT_EQ(store->seal_days("cdn", days)->size(), 2);
    EXPECT_TRUE(store->read_freshness()->datasets.at("cdn").dirty_days.empty());
    stored(*store, "late", {{"x", 1, 3, 5, 1}});
    const Freshness freshness = store->read_freshness().value();
    EXPECT_EQ(freshness.datasets.at("cdn").sealed_days, (std::set<UtcDay>{day(0), day(1)}));
    EXPECT_EQ(freshness.datasets.at("cdn").dirty_days, std::set<UtcDay>{day(1)});
}

TEST_P(SyncContract, keeps_acknowledged_holes) {
    const SlotRange hole{Slot::of_day(day(0), 3), Slot::of_day(day(0), 5)};
    EXPECT_EQ(outcome_of(store->acknowledge_hole("cdn", hole, "lost")), "ok");
    EXPECT_EQ(outcome_of(store->acknowledge_hole("cdn", hole, "lost for good")), "ok");
    EXPECT_EQ(outcome_of(store->acknowledge_hole("cnd", hole, "lost")), "not_found");
    EXPECT_EQ(store->read_freshness()->datasets.at("cdn").acknowledged_holes.ranges(),
              std::vector<SlotRange>{hole});
}

TEST_P(SyncContract, lets_one_lead_at_a_time) {
    const auto other = database->open();
    auto lease = store->try_lead("a", long_lease).value();
    ASSERT_NE(lease, nullptr);
    EXPECT_EQ(other->try_lead("b", long_lease).value(), nullptr);
    EXPECT_EQ(lease->renew().value(), true);
    const std::int64_t epoch = lease->epoch();
    lease.reset();
    // The server may take a moment to notice that the session has ended.
    std::unique_ptr<SyncLease> next;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (next == nullptr && std::chrono::steady_clock::now() < deadline) {
        next = other->try_lead("b", long_lease).value();
    }
    ASSERT_NE(next, nullptr);
    EXPECT_GT(next->epoch(), epoch);
}

TEST_P(SyncContract, takes_the_lead_from_a_worker_that_is_silent) {
    const auto other = database->open();
    const auto lease = store->try_lead("a", milliseconds(50)).value();
    ASSERT_NE(lease, nullptr);
    std::unique_ptr<SyncLease> next;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (next == nullptr && std::chrono::steady_clock::now() < deadline) {
        next = other->try_lead("b", long_lease).value();
    }
    ASSERT_NE(next, nullptr);
    EXPECT_EQ(lease->renew().value(), false);
}

TEST_P(SyncContract, keeps_a_snapshot_of_the_leader_only_and_never_an_older_one) {
    EXPECT_FALSE(store->load_snapshot()->has_value());
    const auto lease = store->try_lead("a", long_lease).value();
    const std::int64_t epoch = lease->epoch();
    struct Step {
        SyncFence fence;
        bool kept;
    };
    const Step steps[] = {{{1, epoch - 1, 9}, false},
                          {{1, epoch, 1}, true},
                          {{1, epoch, 1}, false},
                          {{1, epoch, 3}, true},
                          {{1, epoch, 2}, false},
                          {{2, epoch, 4}, false},
                          {{1, epoch + 1, 1}, false}};
    SyncFence newest;
    for (const Step& step : steps) {
        const std::string content = std::to_string(step.fence.seq);
        EXPECT_EQ(store->save_snapshot(step.fence, content).value(), step.kept);
        newest = step.kept ? step.fence : newest;
        if (newest.epoch > 0) {
            EXPECT_EQ(store->load_snapshot().value()->fence, newest);
            EXPECT_EQ(store->load_snapshot().value()->content, std::to_string(newest.seq));
        }
    }
}

TEST_P(SyncContract, keeps_a_first_snapshot_once_and_of_the_leader_only) {
    const auto lease = store->try_lead("a", long_lease).value();
    cover("fastly", 0, 1);
    const auto save_as = [&](SyncFence fence) {
        return store
            ->save_first_snapshot([&](const Freshness& freshness) {
                return StoredSnapshot{fence, std::to_string(range_count(freshness))};
            })
            .value();
    };
    EXPECT_FALSE(save_as({1, lease->epoch() - 1, 1}));
    EXPECT_FALSE(save_as({2, lease->epoch(), 1}));
    EXPECT_FALSE(store->load_snapshot()->has_value());
    EXPECT_TRUE(save_as({1, lease->epoch(), 1}));
    EXPECT_EQ(store->load_snapshot().value()->content, "1");
    EXPECT_FALSE(save_as({1, lease->epoch(), 2}));
    EXPECT_EQ(store->load_snapshot().value()->fence, (SyncFence{1, lease->epoch(), 1}));
}

// Others commit without a pause while it is made; who finds nothing kept after reading the ledger
// has seen no more than it says.
TEST_P(SyncContract, shows_nobody_more_than_the_first_snapshot_says_before_it_is_kept) {
    const auto lease = store->try_lead("a", long_lease).value();
    cover("fastly", 0, 1);
    const auto writing = database->open();
    const auto reading = database->open();
    std::atomic<bool> stop = false;
    std::size_t seen = 0;
    std::jthread writer([&] {
        for (int slot = 2; slot < 48 && !stop; slot += 2) {
            cover(*writing, "fastly", slot, slot + 1);
        }
    });
    std::jthread reader([&] {
        while (true) {
            const std::size_t found = range_count(reading->read_freshness().value());
            if (reading->load_snapshot()->has_value()) {
                return;
            }
            seen = found;
        }
    });
    std::this_thread::sleep_for(milliseconds(5));
    std::size_t told = 0;
    EXPECT_TRUE(store
                    ->save_first_snapshot([&](const Freshness& freshness) {
                        told = range_count(freshness);
                        std::this_thread::sleep_for(milliseconds(50));
                        return StoredSnapshot{{1, lease->epoch(), 1}, "first"};
                    })
                    .value());
    reader.join();
    stop = true;
    EXPECT_LE(seen, told);
}

TEST_P(SyncContract, raises_the_generation_above_what_is_known) {
    const auto lease = store->try_lead("a", long_lease).value();
    EXPECT_TRUE(store->save_snapshot({1, lease->epoch(), 1}, "before").value());
    EXPECT_EQ(store->raise_generation(0).value(), 2);
    EXPECT_EQ(store->raise_generation(7).value(), 7);
    EXPECT_EQ(store->read_freshness()->generation, 7);
    EXPECT_FALSE(store->save_snapshot({1, lease->epoch(), 2}, "old").value());
    EXPECT_TRUE(store->save_snapshot({7, lease->epoch(), 2}, "new").value());
}

}  // namespace
}  // namespace tidemark::test
