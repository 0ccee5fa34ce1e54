// What every store promises about folding and purging: usage moves, it is never made or lost.

#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "contract/store_steps.h"

namespace tidemark::test {
namespace {

using testing::HasSubstr;

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

class FoldContract : public StoreTest {
 protected:
    // Three batches over two days and three subjects.
    void store_three_batches() {
        stored(*store, "one", {{"a", 0, 0, 1, 1}, {"a", 0, 1, 2, 1}, {"b", 0, 0, 4, 1}});
        stored(*store, "two", {{"a", 0, 0, 8, 1}, {"a", 1, 0, 16, 1}, {"c", 1, 9, 32, 1}});
        stored(*store, "three", {{"b", 1, 0, 64, 1}, {"a", 1, 0, 128, 1}});
    }
    const Lines three_batches = {"2026-11-11T00:00Z a: 11 3",
                                 "2026-11-11T00:00Z b: 4 1",
                                 "2026-11-12T00:00Z a: 144 2",
                                 "2026-11-12T00:00Z b: 64 1",
                                 "2026-11-12T00:00Z c: 32 1"};
};
INSTANTIATE_TEST_SUITE_P(Stores, FoldContract, testing::ValuesIn(store_factories()), store_name);

TEST_P(FoldContract, a_whole_fold_moves_every_batch_and_the_cursor) {
    store_three_batches();
    const DatasetState before = *store->dataset_state("cdn");
    EXPECT_EQ(before.folded_through, 0);
    EXPECT_EQ(before.unfolded_count, 3);
    EXPECT_EQ(before.running_count, 0);
    EXPECT_FALSE(before.partial);
    const FoldOutcome outcome = folded(*store);
    EXPECT_EQ(outcome.folded_from, 0);
    EXPECT_EQ(outcome.folded_through, before.last_seq);
    EXPECT_EQ(outcome.batch_count, 3);
    EXPECT_EQ(outcome.daily_row_count, 5);
    EXPECT_EQ(outcome.expired_count, 0);
    const DatasetState after = *store->dataset_state("cdn");
    EXPECT_EQ(after.last_seq, before.last_seq);
    EXPECT_EQ(after.folded_through, before.last_seq);
    EXPECT_EQ(after.unfolded_count, 0);
    EXPECT_FALSE(after.partial);
    EXPECT_EQ(daily_usage(*store), three_batches);
}

TEST_P(FoldContract, folding_again_does_nothing) {
    store_three_batches();
    const FoldOutcome first = folded(*store);
    const FoldOutcome second = folded(*database->open());
    EXPECT_EQ(second.folded_from, first.folded_through);
    EXPECT_EQ(second.folded_through, first.folded_through);
    EXPECT_EQ(second.batch_count, 0);
    EXPECT_EQ(second.daily_row_count, 0);
    EXPECT_EQ(daily_usage(*store), three_batches);
}

TEST_P(FoldContract, a_fold_adds_to_what_is_folded) {
    store_three_batches();
    folded(*store);
    stored(*store, "four", {{"a", 0, 47, 1000, 10}, {"d", 0, 0, 1, 1}});
    const Lines expected = {"2026-11-11T00:00Z a: 1011 13",
                            "2026-11-11T00:00Z b: 4 1",
                            "2026-11-11T00:00Z d: 1 1",
                            "2026-11-12T00:00Z a: 144 2",
                            "2026-11-12T00:00Z b: 64 1",
                            "2026-11-12T00:00Z c: 32 1"};
    EXPECT_EQ(daily_usage(*store), expected);
    EXPECT_EQ(folded(*store).daily_row_count, 2);
    EXPECT_EQ(daily_usage(*store), expected);
}

TEST_P(FoldContract, folding_nothing_is_no_error) {
    EXPECT_EQ(folded(*store).batch_count, 0);
    EXPECT_EQ(folded(*store, {.days = {day(0)}}).daily_row_count, 0);
    EXPECT_FALSE(store->dataset_state("cdn")->partial);
}

TEST_P(FoldContract, a_fold_of_a_part_leaves_the_cursor_and_counts_nothing_twice) {
    store_three_batches();
    const FoldOutcome part = folded(*store, {.days = {day(1)}});
    EXPECT_EQ(part.daily_row_count, 3);
    const DatasetState state = *store->dataset_state("cdn");
    EXPECT_TRUE(state.partial);
    EXPECT_EQ(state.folded_through, 0);
    EXPECT_EQ(state.unfolded_count, 3);
    EXPECT_EQ(daily_usage(*store), three_batches);
    EXPECT_EQ(folded(*store, {.days = {day(1)}}).daily_row_count, 0);
    EXPECT_EQ(daily_usage(*store), three_batches);
    EXPECT_EQ(folded(*store).daily_row_count, 2);
    EXPECT_FALSE(store->dataset_state("cdn")->partial);
    EXPECT_EQ(daily_usage(*store), three_batches);
}

TEST_P(FoldContract, a_late_batch_after_a_fold_of_a_part_counts_once) {
    store_three_batches();
    folded(*store, {.days = {day(0)}});
    stored(*store, "late", {{"a", 0, 0, 1000, 1}, {"b", 1, 0, 1000, 1}});
    const Lines expected = {"2026-11-11T00:00Z a: 1011 4",
                            "2026-11-11T00:00Z b: 4 1",
                            "2026-11-12T00:00Z a: 144 2",
                            "2026-11-12T00:00Z b: 1064 2",
                            "2026-11-12T00:00Z c: 32 1"};
    EXPECT_EQ(daily_usage(*store), expected);
    folded(*store, {.days = {day(0)}});
    EXPECT_EQ(daily_usage(*store), expected);
    folded(*store);
    EXPECT_EQ(daily_usage(*store), expected);
    stored(*store, "later", {{"a", 0, 0, 1000, 1}});
    folded(*store);
    EXPECT_EQ(ask(*store, question(0, 1))[0], "2026-11-11T00:00Z a: 2011 5");
}

TEST_P(FoldContract, subjects_are_folded_in_half_open_ranges) {
    store_three_batches();
    EXPECT_EQ(folded(*store, {.days = {}, .subject_from = "b"}).daily_row_count, 3);
    EXPECT_EQ(daily_usage(*store), three_batches);
    EXPECT_EQ(folded(*store, {.days = {}, .subject_from = "a", .subject_to = "b"}).daily_row_count,
              2);
    EXPECT_TRUE(store->dataset_state("cdn")->partial);
    EXPECT_EQ(daily_usage(*store), three_batches);
    EXPECT_EQ(
        folded(*store, {.days = {day(0)}, .subject_from = {}, .subject_to = "b"}).daily_row_count,
        0);
    EXPECT_EQ(folded(*store).daily_row_count, 0);
    EXPECT_FALSE(store->dataset_state("cdn")->partial);
    EXPECT_EQ(daily_usage(*store), three_batches);
}

TEST_P(FoldContract, a_daily_value_over_64_bits_is_refused_and_nothing_changes) {
    stored(*store, "one", {{"a", 0, 0, largest, 1}, {"b", 0, 0, 7, 1}});
    folded(*store);
    stored(*store, "two", {{"a", 0, 5, 1, 1}, {"b", 0, 0, 7, 1}});
    const Lines expected = {"2026-11-11T00:00Z a: 9223372036854775808 2",
                            "2026-11-11T00:00Z b: 14 2"};
    EXPECT_EQ(daily_usage(*store), expected);
    const Result<FoldOutcome> refused = store->fold("cdn", {});
    ASSERT_EQ(outcome_of(refused), "refused");
    for (const char* named : {"bytes_streamed", "'a'", "2026-11-11"}) {
        EXPECT_THAT(refused.error().message, HasSubstr(named));
    }
    EXPECT_EQ(store->dataset_state("cdn")->unfolded_count, 1);
    EXPECT_EQ(daily_usage(*store), expected);
}

TEST_P(FoldContract, unfolded_rows_over_64_bits_are_refused_until_they_are_voided) {
    stored(*store, "one", {{"a", 0, 0, largest, 1}});
    const std::int64_t wrong = stored(*store, "two", {{"a", 0, 5, largest, 1}});
    EXPECT_EQ(outcome_of(store->fold("cdn", {})), "refused");
    EXPECT_EQ(store->dataset_state("cdn")->folded_through, 0);
    ASSERT_EQ(outcome_of(store->void_batch("cdn", wrong, "v", because)), "ok");
    folded(*store);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 9223372036854775807 1"}));
}

TEST_P(FoldContract, purging_a_day_keeps_its_usage) {
    store_three_batches();
    folded(*store);
    EXPECT_EQ(store->purge_day("cdn", day(0)).value(), true);
    EXPECT_EQ(store->purge_day("cdn", day(0)).value(), false);
    EXPECT_EQ(daily_usage(*store), three_batches);
    EXPECT_EQ(ask(*store, question(0, 2, UsagePeriod::slot)),
              (Lines{"2026-11-12T00:00Z a: 144 2",
                     "2026-11-12T00:00Z b: 64 1",
                     "2026-11-12T04:30Z c: 32 1",
                     "2026-11-11 purged"}));
    EXPECT_EQ(ask(*store, question(1, 2, UsagePeriod::slot)).size(), 3U);
}

TEST_P(FoldContract, a_day_with_unfolded_rows_is_not_purged) {
    store_three_batches();
    EXPECT_EQ(outcome_of(store->purge_day("cdn", day(0))), "refused");
    folded(*store, {.days = {day(0)}});
    EXPECT_EQ(outcome_of(store->purge_day("cdn", day(0))), "refused");
    folded(*store);
    stored(*store, "late", {{"z", 1, 0, 1, 1}});
    EXPECT_EQ(outcome_of(store->purge_day("cdn", day(1))), "refused");
    EXPECT_EQ(store->purge_day("cdn", day(0)).value(), true);
    EXPECT_EQ(ask(*store, question(0, 1)), (Lines{three_batches[0], three_batches[1]}));
}

TEST_P(FoldContract, a_purged_day_takes_no_more_rows) {
    store_three_batches();
    folded(*store);
    ASSERT_EQ(outcome_of(store->purge_day("cdn", day(0))), "ok");
    const Result<StoredBatch> late =
        store_rows(*store, "late", {{"a", 0, 0, 1, 1}, {"a", 1, 0, 1, 1}});
    ASSERT_EQ(outcome_of(late), "refused");
    EXPECT_THAT(late.error().message, HasSubstr("2026-11-11"));
    EXPECT_EQ(store->find_batch("fastly", "late").value(), std::nullopt);
    EXPECT_EQ(daily_usage(*store), three_batches);
    stored(*store, "late", {{"a", 1, 0, 1, 1}});
}

TEST_P(FoldContract, a_day_without_rows_can_be_purged) {
    EXPECT_EQ(store->purge_day("cdn", day(5)).value(), true);
    EXPECT_EQ(store->purge_day("cdn", day(5)).value(), false);
    EXPECT_EQ(outcome_of(store_rows(*store, "late", {{"a", 5, 0, 1, 1}})), "refused");
}

TEST_P(FoldContract, purges_folds_and_voids_go_together) {
    store_three_batches();
    folded(*store);
    ASSERT_EQ(outcome_of(store->purge_day("cdn", day(0))), "ok");
    const std::int64_t four = stored(*store, "four", {{"a", 1, 0, 1000, 1}});
    ASSERT_EQ(outcome_of(store->void_batch("cdn", four, "v", because)), "ok");
    EXPECT_EQ(folded(*store).batch_count, 2);
    EXPECT_EQ(store->purge_day("cdn", day(1)).value(), true);
    EXPECT_EQ(daily_usage(*store), three_batches);
    EXPECT_EQ(folded(*store).batch_count, 0);
}

TEST_P(FoldContract, many_batches_fold_at_once) {
    for (int batch = 0; batch < 300; ++batch) {
        stored(*store,
               fmt::format("k{}", batch),
               {{"a", batch % 3, batch % 48, 1, 1}, {fmt::format("s{}", batch % 7), 0, 0, 1, 1}});
    }
    UsageQuery total = question(0, 3, UsagePeriod::total);
    total.per_subject = false;
    EXPECT_EQ(ask(*store, total), (Lines{"2026-11-11T00:00Z : 600 600"}));
    EXPECT_EQ(folded(*store).batch_count, 300);
    EXPECT_EQ(ask(*store, total), (Lines{"2026-11-11T00:00Z : 600 600"}));
    EXPECT_EQ(ask(*store, question(2, 3)), (Lines{"2026-11-13T00:00Z a: 100 100"}));
}

}  // namespace
}  // namespace tidemark::test
