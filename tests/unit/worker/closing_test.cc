#include "worker/closing.h"

#include <gtest/gtest.h>

#include "store/memory/memory_store.h"

namespace tidemark {
namespace {

using std::chrono::hours;
using Days = std::vector<UtcDay>;

const UtcDay today = UtcDay::from_days_since_epoch(20'800);

UtcDay ago(int days) {
    return today.plus_days(-days);
}

class Closing : public testing::Test {
 protected:
    Closing() : store_(open_memory_store(make_memory_database(), clock_)) {
        EXPECT_TRUE(store_->prepare_dataset(built_in_datasets()[0]).has_value());
    }

    void store_rows(const std::string& key, const Days& days) {
        UsageRows::Builder builder(2);
        for (const UtcDay day : days) {
            const std::int64_t values[] = {5, 1};
            builder.add("site", Slot::of_day(day, 3), values);
        }
        Result<UsageRows> rows = std::move(builder).finish();
        Batch batch;
        batch.identity = {.dataset = "cdn", .feed = "fastly", .key = key, .content_hash = {}};
        ASSERT_TRUE(store_->store_batch(batch, *rows).has_value());
    }

    void cover(const std::string& feed, UtcDay from, UtcDay to) {
        const auto run = store_->begin_run("aggregate", "cdn", feed);
        RunEnd end;
        end.covered.add({.begin = Slot::of_day(from, 0), .end = Slot::of_day(to, 0)});
        ASSERT_TRUE(store_->end_run(*run, end).has_value());
    }

    ClosingOutcome folded_and_closed() {
        EXPECT_TRUE(store_->fold("cdn", {}).has_value());
        return closed();
    }

    ClosingOutcome closed() {
        Result<ClosingOutcome> outcome = close_days(*store_, "cdn", rules_, clock_.now());
        EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
        return outcome.value_or(ClosingOutcome{});
    }

    static Days days_of(const std::vector<SealEvent>& events) {
        Days days;
        for (const SealEvent& event : events) {
            days.push_back(event.day);
        }
        return days;
    }

    ManualClock clock_{Timestamp(today.begin() + hours(3))};
    std::unique_ptr<Store> store_;
    ClosingRules rules_;
};

TEST_F(Closing, seals_what_every_feed_covers_once_lateness_has_passed) {
    store_rows("k1", {ago(2), ago(1), today});
    cover("fastly", ago(2), today.next());
    EXPECT_EQ(days_of(folded_and_closed().sealed), (Days{ago(2), ago(1)}));
    EXPECT_TRUE(closed().empty());
}

TEST_F(Closing, waits_for_the_lateness) {
    cover("fastly", ago(1), today);
    rules_.lateness = hours(4);
    EXPECT_TRUE(folded_and_closed().empty());
    clock_.advance(hours(1));
    EXPECT_EQ(days_of(closed().sealed), Days{ago(1)});
}

TEST_F(Closing, waits_for_a_feed_that_was_configured_or_ever_declared_coverage) {
    cover("fastly", ago(2), today);
    rules_.feeds = {"edgecast"};
    EXPECT_TRUE(folded_and_closed().empty());
    cover("edgecast", ago(1), today);
    EXPECT_EQ(days_of(closed().sealed), Days{ago(1)});
    rules_.feeds = {};
    EXPECT_TRUE(closed().empty()) << "edgecast has declared coverage once";
}

TEST_F(Closing, never_seals_a_dataset_without_coverage) {
    store_rows("k1", {ago(5)});
    EXPECT_TRUE(folded_and_closed().empty());
}

TEST_F(Closing, seals_a_dirty_day_anew_whatever_its_coverage) {
    store_rows("k1", {ago(1)});
    cover("fastly", ago(1), today);
    folded_and_closed();
    rules_.feeds = {"a feed that came later"};
    store_rows("k2", {ago(1)});
    EXPECT_TRUE(closed().empty()) << "not before the fold";
    const ClosingOutcome outcome = folded_and_closed();
    ASSERT_EQ(outcome.sealed.size(), 1U);
    EXPECT_EQ(outcome.sealed.front().revision, 2);
    EXPECT_EQ(outcome.sealed.front().old_totals, (std::vector{Total(5), Total(1)}));
    EXPECT_EQ(outcome.sealed.front().new_totals, (std::vector{Total(10), Total(2)}));
}

TEST_F(Closing, freezes_sealed_days_after_their_time) {
    cover("fastly", ago(4), today);
    EXPECT_TRUE(folded_and_closed().frozen.empty()) << "never, unless it is said";
    rules_.freeze_after = hours(48);
    EXPECT_EQ(closed().frozen, (Days{ago(4), ago(3)}));
    EXPECT_TRUE(closed().empty());
}

TEST_F(Closing, purges_days_past_retention_that_have_been_quiet_for_as_long) {
    rules_.retention = hours(48);
    store_rows("k1", {ago(9), ago(8), ago(1)});
    EXPECT_TRUE(folded_and_closed().purged.empty()) << "the rows have only just come";
    clock_.advance(hours(47));
    store_rows("k2", {ago(8)});
    EXPECT_TRUE(closed().purged.empty());
    clock_.advance(hours(2));
    EXPECT_EQ(closed().purged, (Days{ago(9), ago(1)}));
    clock_.advance(hours(48));
    EXPECT_TRUE(closed().purged.empty()) << "the second batch is not folded";
    EXPECT_EQ(folded_and_closed().purged, Days{ago(8)});
}

TEST_F(Closing, keeps_batch_rows_for_ever_when_told_so) {
    rules_.retention = std::nullopt;
    store_rows("k1", {ago(9)});
    clock_.advance(hours(24 * 1000));
    EXPECT_TRUE(folded_and_closed().purged.empty());
}

}  // namespace
}  // namespace tidemark
