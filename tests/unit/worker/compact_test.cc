#include "worker/compact.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "store/memory/memory_store.h"
#include "support/small_batches.h"

namespace tidemark {
namespace {

class CompactTest : public testing::Test {
 protected:
    CompactTest()
        : database_(make_memory_database()), store_(open_memory_store(database_, clock_)) {
        EXPECT_TRUE(store_->prepare_dataset(built_in_datasets()[0]).has_value());
    }

    void add_batches(int count) {
        for (int i = 0; i < count; ++i) {
            ASSERT_TRUE(test::store_row(*store_, ++keys_, "site", Slot::from_index(900'000), 1)
                            .has_value());
        }
    }

    ManualClock clock_{Timestamp(std::chrono::seconds(1'800'000'000))};
    std::shared_ptr<MemoryDatabase> database_;
    std::unique_ptr<Store> store_;
    int keys_ = 0;
};

TEST_F(CompactTest, folds_everything_once_and_records_the_run) {
    add_batches(3);
    const auto folds = fold_datasets(*store_, {});
    ASSERT_TRUE(folds.has_value());
    ASSERT_EQ(folds->size(), 1U);
    EXPECT_EQ(folds->front().outcome.batch_count, 3);
    EXPECT_EQ(store_->dataset_state("cdn")->unfolded_count, 0);
    const auto runs = store_->runs(10);
    ASSERT_EQ(runs->size(), 1U);
    EXPECT_EQ(runs->front().job, "compact");
    EXPECT_EQ(runs->front().outcome, RunOutcome::succeeded);
}

TEST_F(CompactTest, of_a_gauge_old_events_are_purged_and_that_is_all) {
    ASSERT_TRUE(store_->prepare_dataset(built_in_datasets()[2]).has_value());
    Batch batch;
    batch.identity = {.dataset = "media_storage", .feed = "media", .key = "k", .content_hash = {}};
    const GaugeEvent event{
        .subject = "a", .metric = 0, .value = 5, .observed_at = clock_.now(), .event_id = {}};
    ASSERT_TRUE(store_->store_events(batch, {&event, 1}).has_value());
    const auto compacted_after = [&](int days) {
        return compact_datasets(*store_, {}, {}, clock_.now() + std::chrono::days(days)).value();
    };
    const std::vector<DatasetCompaction> early = compacted_after(61);
    ASSERT_EQ(early.size(), 2U);
    EXPECT_EQ(early[1].dataset, "media_storage");
    EXPECT_FALSE(early[1].fold.has_value());
    EXPECT_TRUE(early[1].closing.empty());
    EXPECT_EQ(compacted_after(64)[1].closing.purged, std::vector<UtcDay>{event.day()});
    EXPECT_EQ(store_->purged_days("media_storage")->size(), 1U);
    EXPECT_EQ(store_->batch_events("media_storage", 1)->size(), 0U);
}

TEST_F(CompactTest, a_failed_fold_is_a_failed_run) {
    EXPECT_FALSE(fold_datasets(*store_, {"nothing"}).has_value());
    EXPECT_EQ(store_->runs(1)->front().outcome, RunOutcome::failed);
}

TEST_F(CompactTest, watching_folds_at_once_and_then_as_soon_as_enough_batches_wait) {
    add_batches(2);
    // Longer than any machine runs, since whose start the steady clock counts: the first fold is
    // due nevertheless, and after it only the count of batches can cause one.
    constexpr std::chrono::years very_long{100};
    const CompactWatch watch{
        .datasets = {}, .every = very_long, .batches_max = 6, .poll = std::chrono::milliseconds(1)};
    std::atomic<bool> stop{false};
    std::promise<void> first_fold;
    std::int64_t folded = 0;
    std::jthread watcher([&] {
        const auto own = open_memory_store(database_, clock_);
        EXPECT_TRUE(watch_and_compact(*own, clock_, watch, stop, [&](const DatasetFold& fold) {
                        if (folded == 0) {
                            EXPECT_EQ(fold.outcome.batch_count, 2);
                            first_fold.set_value();
                        }
                        folded += fold.outcome.batch_count;
                        stop = folded == 8;
                    }).has_value());
    });
    first_fold.get_future().wait();
    add_batches(6);
    watcher.join();
    EXPECT_EQ(folded, 8);
}

}  // namespace
}  // namespace tidemark
