// What verify says of a store that is right, and of one where somebody changed one value by hand.

#include <tuple>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/store_steps.h"
#include "contract/verifying.h"

namespace tidemark::test {
namespace {

// A bit of everything: batch 1 of a day that is purged and sealed; 2 and 3 of days 0 and 1, 4 takes
// 3 back; day 0 sealed twice, since 5 came between; 6 has rejected lines; 7 is not folded; 1 and 2
// were stored by run 1.
void fill(Store& store) {
    const auto run = store.begin_run("aggregate", "cdn", "fastly");
    stored(store, "k1", {{"a", 5, 1, 50, 1}, {"b", 5, 1, 60, 1}});
    stored(store, "k2", {{"a", 0, 1, 5, 1}, {"b", 0, 2, 7, 1}, {"a", 1, 1, 9, 1}});
    EXPECT_TRUE(store.end_run(*run, {.covered = {}, .rows = 5, .error = {}}).has_value());
    const std::int64_t wrong = stored(store, "k3", {{"b", 0, 1, 100, 1}});
    EXPECT_TRUE(store.void_batch("cdn", wrong, "v3", because).has_value());
    folded(store);
    const std::vector<UtcDay> days = {day(0), day(5)};
    EXPECT_TRUE(store.seal_days("cdn", days).has_value());
    stored(store, "k5", {{"a", 0, 3, 11, 1}});
    Batch batch = batch_of("k6");
    batch.counts = {.lines = 3, .accepted = 1, .rejected = 2};
    batch.rejected_by_reason = {{"bad_date", 2}};
    UsageRows rows = rows_of({{"c", 1, 1, 17, 1}});
    EXPECT_TRUE(store.store_batch(batch, rows).has_value());
    folded(store);
    EXPECT_TRUE(store.seal_days("cdn", days).has_value());
    EXPECT_TRUE(store.purge_day("cdn", day(5)).has_value());
    stored(store, "k7", {{"a", 1, 4, 13, 1}});
}

const CorrectionNote asked_for{.reason = "asked for", .by = "billing"};

// Erased: x before a part of it is taken back, y after its day was purged. Days 0 and 5 are sealed
// with x; day 0 again without it.
void fill_and_erase(Store& store) {
    stored(store, "k1", {{"a", 5, 1, 50, 1}, {"x", 5, 1, 60, 1}, {"y", 5, 1, 7, 1}});
    stored(store, "k2", {{"a", 0, 1, 5, 1}, {"x", 0, 2, 7, 1}, {"x", 1, 1, 9, 1}});
    stored(store, "k3", {{"b", 0, 1, 4, 1}, {"x", 0, 1, 100, 1}, {"x", 2, 1, 1, 1}});
    folded(store);
    const std::vector<UtcDay> days = {day(0), day(5)};
    EXPECT_TRUE(store.seal_days("cdn", days).has_value());
    EXPECT_TRUE(store.erase_subject("cdn", "x", asked_for).has_value());
    EXPECT_TRUE(store.void_batch("cdn", 3, "v3", because).has_value());
    stored(store, "k5", {{"a", 0, 3, 11, 1}});
    folded(store);
    EXPECT_TRUE(store.seal_days("cdn", days).has_value());
    EXPECT_TRUE(store.purge_day("cdn", day(5)).has_value());
    EXPECT_TRUE(store.erase_subject("cdn", "y", asked_for).has_value());
}

class Verify : public StoreTest {
 protected:
    Verify() { fill(*store); }
};

TEST_P(Verify, finds_nothing_where_all_is_well) {
    EXPECT_EQ(verified(*store), Lines{});
    folded(*store, {.days = {day(1)}});
    EXPECT_EQ(verified(*store), Lines{}) << "a fold of a part";
    folded(*store);
    EXPECT_EQ(verified(*store), Lines{});
}

TEST_P(Verify, knows_what_was_erased) {
    const std::unique_ptr<TestDatabase> another = GetParam().make_database();
    const std::unique_ptr<Store> erased = another->open();
    ASSERT_TRUE(erased->prepare_dataset(cdn()).has_value());
    fill_and_erase(*erased);
    EXPECT_EQ(verified(*erased), Lines{});
    EXPECT_TRUE(erased->void_batch("cdn", 4, "v4", because).has_value());
    EXPECT_TRUE(erased->erase_subject("cdn", "b", asked_for).has_value());
    EXPECT_EQ(verified(*erased), Lines{}) << "a batch, what takes it back and what takes that back";
    folded(*erased);
    EXPECT_TRUE(erased->erase_subject("cdn", "a", asked_for).has_value());
    EXPECT_EQ(verified(*erased), Lines{}) << "of a day that is purged, and after a seal";
}

TEST_P(Verify, says_what_it_looked_at) {
    const auto summary = store->verify({.dataset = "cdn"}, [](const Difference&) {});
    ASSERT_TRUE(summary.has_value()) << summary.error().message;
    EXPECT_EQ(summary->batches, 7);
    EXPECT_EQ(summary->batch_rows, 8) << "without those of the purged day";
    EXPECT_EQ(summary->daily_rows, 6);
    EXPECT_EQ(summary->days_recomputed, 2);
    EXPECT_EQ(summary->days_in_sum, 1);
    EXPECT_EQ(summary->seals, 3);
    EXPECT_EQ(summary->runs, 1);
}

TEST_P(Verify, looks_at_the_days_that_it_is_told) {
    const auto summary = store->verify({.dataset = "cdn", .from = day(1), .to = day(2)},
                                       [](const Difference& each) { FAIL() << describe(each); });
    ASSERT_TRUE(summary.has_value()) << summary.error().message;
    EXPECT_EQ(summary->batches, 2) << "those that have rows of no other day";
    EXPECT_EQ(summary->batch_rows, 3);
    EXPECT_EQ(summary->days_recomputed, 1);
    EXPECT_EQ(summary->seals, 0);
}

TEST_P(Verify, does_not_know_a_dataset_that_was_never_prepared) {
    EXPECT_EQ(outcome_of(store->verify({.dataset = "nothing"}, [](const Difference&) {})),
              "not_found");
}

INSTANTIATE_TEST_SUITE_P(Stores, Verify, testing::ValuesIn(store_factories()), store_name);

// One value changed by hand. In the SQL, {0}, {1} and {5} are days 0, 1 and 5 of the tests.
struct Plant {
    const char* name;
    const char* sqlite;
    const char* postgres;
    const char* named;  // part of a difference that verify must name
    void (*history)(Store&) = fill;
};

constexpr const char* same = nullptr;  // as in the other dialect

constexpr Plant plants[] = {
    {"a_daily_value",
     "UPDATE cdn_daily SET bytes_streamed = bytes_streamed + 1 WHERE site_id = 'a' AND date = {0}",
     same,
     "cdn_daily a 2026-11-11 bytes_streamed: expected 16, found 17, batch 5"},
    {"another_metric",
     "UPDATE cdn_daily SET requests = 7 WHERE site_id = 'b' AND date = {0}",
     same,
     "cdn_daily b 2026-11-11 requests: expected 1, found 7"},
    {"a_daily_row_gone",
     "DELETE FROM cdn_daily WHERE site_id = 'a' AND date = {1}",
     same,
     "cdn_daily a 2026-11-12 bytes_streamed: expected 9, found none, batch 2"},
    {"a_daily_row_of_nobody",
     "INSERT INTO cdn_daily (date, site_id, bytes_streamed, requests, folded_through) "
     "VALUES ({1}, 'z', 3, 1, 4)",
     same,
     "cdn_daily z 2026-11-12 bytes_streamed: expected none, found 3"},
    {"a_daily_row_of_a_day_without_batches",
     "INSERT INTO cdn_daily (date, site_id, bytes_streamed, requests, folded_through) "
     "VALUES ({1} + 1, 'z', 3, 1, 4)",
     same,
     "cdn_daily z 2026-11-13 bytes_streamed: expected none, found 3"},
    {"folded_through_too_low",
     "UPDATE cdn_daily SET folded_through = 1 WHERE site_id = 'a' AND date = {0}",
     same,
     "cdn_daily a 2026-11-11 folded_through: expected 5 to 6, found 1"},
    {"folded_through_too_high",
     "UPDATE cdn_daily SET folded_through = 7 WHERE site_id = 'a' AND date = {1}",
     same,
     "cdn_daily a 2026-11-12 folded_through: expected 2 to 6, found 7"},
    {"a_daily_value_of_a_purged_day",
     "UPDATE cdn_daily SET bytes_streamed = 51 WHERE site_id = 'a' AND date = {5}",
     same,
     "cdn_daily 2026-11-16 bytes_streamed: expected 110, found 111"},
    {"a_batch_row",
     "UPDATE cdn_batch SET bytes_streamed = 6 WHERE batch_seq = 2 AND site_id = 'a' AND "
     "date = {0}",
     same,
     "batch_registry bytes_streamed: expected 22, found 21, batch 2"},
    {"a_batch_row_of_a_subject",
     "UPDATE cdn_batch SET bytes_streamed = 6 WHERE batch_seq = 2 AND site_id = 'a' AND "
     "date = {0}",
     same,
     "cdn_daily a 2026-11-11 bytes_streamed: expected 17, found 16"},
    {"a_batch_row_gone",
     "DELETE FROM cdn_batch WHERE batch_seq = 7",
     same,
     "cdn_batch 2026-11-12 rows: expected some, found none, batch 7"},
    {"a_batch_row_of_no_batch",
     "UPDATE cdn_batch SET batch_seq = 70 WHERE batch_seq = 7",
     same,
     "cdn_batch 2026-11-12 rows: expected none, found 1, batch 70"},
    {"a_batch_row_count",
     "UPDATE batch_registry SET row_count = 4 WHERE batch_seq = 2",
     same,
     "batch_registry row_count: expected 3, found 4, batch 2"},
    {"a_batch_total",
     "UPDATE batch_registry SET totals = '22,3' WHERE batch_seq = 2",
     "UPDATE batch_registry SET totals = '{{22,3}}' WHERE batch_seq = 2",
     "batch_registry bytes_streamed: expected 21, found 22, batch 2"},
    {"a_total_of_a_purged_batch",
     "UPDATE batch_registry SET totals = '111,2' WHERE batch_seq = 1",
     "UPDATE batch_registry SET totals = '{{111,2}}' WHERE batch_seq = 1",
     "cdn_daily 2026-11-16 bytes_streamed: expected 111, found 110"},
    {"a_line_count",
     "UPDATE batch_registry SET line_count = 4 WHERE batch_seq = 6",
     "UPDATE batch_registry SET lines = 4 WHERE batch_seq = 6",
     "batch_registry lines: expected 3, found 4, batch 6"},
    {"a_reason",
     "UPDATE rejected_reason SET line_count = 1 WHERE batch_seq = 6",
     "UPDATE batch_registry SET rejected_by_reason = '{{\"bad_date\": 1}}' WHERE batch_seq = 6",
     "batch_registry rejected: expected 1, found 2, batch 6"},
    {"a_day_of_a_batch",
     "DELETE FROM batch_day WHERE batch_seq = 2 AND date = {1}",
     "UPDATE batch_registry SET days = '{{2026-11-11}}' WHERE batch_seq = 2",
     "cdn_batch 2026-11-12 rows: expected none, found 1, batch 2"},
    {"what_a_batch_voids",
     "UPDATE batch_registry SET voids = 2 WHERE batch_seq = 4",
     same,
     "batch_registry bytes_streamed: expected -21, found -100, batch 4"},
    {"a_receipt_gone",
     "DELETE FROM batch_registry WHERE batch_seq = 5",
     same,
     "cdn_batch 2026-11-11 rows: expected none, found 1, batch 5"},
    {"the_last_number",
     "UPDATE dataset SET last_seq = 8",
     "UPDATE dataset_seq SET last_seq = 8",
     "batch_registry count of numbers: expected 8, found 7"},
    {"the_cursor_too_high",
     "UPDATE dataset SET folded_through = 7",
     "UPDATE dataset_fold SET folded_through = 7",
     "cdn_daily a 2026-11-12 bytes_streamed: expected 22, found 9, batch 7"},
    {"the_cursor_too_low",
     "UPDATE dataset SET folded_through = 4",
     "UPDATE dataset_fold SET folded_through = 4",
     "cdn_daily a 2026-11-11 folded_through: expected 2 to 4, found 6"},
    {"a_purged_day",
     "INSERT INTO purged_day (dataset_id, date, swept) VALUES (1, {1}, 1)",
     "INSERT INTO purged_day (dataset, date) VALUES ('cdn', {1})",
     "2026-11-12"},
    {"a_purged_day_gone",
     "DELETE FROM purged_day",
     same,
     "cdn_daily a 2026-11-16 bytes_streamed: expected none, found 50"},
    {"a_total_of_a_seal",
     "UPDATE sealed_day SET totals = '23,4' WHERE date = {0}",
     "UPDATE sealed_day SET totals = '{{23,4}}' WHERE date = {0}",
     "sealed_day 2026-11-11 requests: expected 3, found 4"},
    {"the_revision_of_a_seal",
     "UPDATE sealed_day SET revision = 1 WHERE date = {0}",
     same,
     "sealed_day 2026-11-11 revision: expected 2, found 1"},
    {"the_bound_of_a_seal",
     "UPDATE sealed_day SET through = 5 WHERE date = {0}",
     same,
     "sealed_day 2026-11-11 through: expected 6, found 5"},
    {"a_seal_gone",
     "DELETE FROM sealed_day WHERE date = {0}",
     same,
     "sealed_day 2026-11-11 rows: expected some, found none"},
    {"an_old_total_of_a_seal_event",
     "UPDATE seal_event SET old_totals = '13,2' WHERE old_totals IS NOT NULL",
     "UPDATE seal_event SET old_totals = '{{13,2}}' WHERE old_totals IS NOT NULL",
     "seal_event 2026-11-11 old_totals: expected 12,2, found 13,2"},
    {"a_new_total_of_a_seal_event",
     "UPDATE seal_event SET new_totals = '13,2' WHERE date = {0} AND revision = 1",
     "UPDATE seal_event SET new_totals = '{{13,2}}' WHERE date = {0} AND revision = 1",
     "seal_event 2026-11-11 bytes_streamed: expected 12, found 13"},
    {"the_bound_of_a_seal_event",
     "UPDATE seal_event SET through = 3 WHERE date = {0} AND revision = 1",
     same,
     "seal_event 2026-11-11 bytes_streamed: expected 112, found 12"},
    {"a_seal_event_gone",
     "DELETE FROM seal_event WHERE date = {0} AND revision = 1",
     same,
     "seal_event 2026-11-11 revision: expected 1, found 2"},
    {"the_rows_of_a_run",
     "UPDATE run SET row_count = 6",
     same,
     "run row_count: expected 5, found 6, run 1"},
    {"the_end_of_a_run",
     "UPDATE run SET ended_at_us = NULL",
     "UPDATE run SET ended_at = NULL",
     "run ended_at: expected some, found none, run 1"},
    {"who_took_a_batch_back",
     "UPDATE correction SET voiding_seq = 5",
     same,
     "correction voiding_seq: expected the batch that takes it back, found 5, batch 3"},
    {"why_a_batch_was_taken_back",
     "DELETE FROM correction",
     same,
     "correction rows: expected some, found none, batch 3"},
    {"an_erased_total",
     "UPDATE erased_batch SET totals = '8,1' WHERE batch_seq = 2 AND date = {0}",
     "UPDATE erased_batch SET totals = '{{8,1}}' WHERE batch_seq = 2 AND date = {0}",
     "batch_registry bytes_streamed: expected 22, found 21, batch 2",
     fill_and_erase},
    {"an_erased_row_count",
     "UPDATE erased_batch SET row_count = 2 WHERE batch_seq = 2 AND date = {0}",
     same,
     "batch_registry row_count: expected 4, found 3, batch 2",
     fill_and_erase},
    {"an_erased_total_of_a_purged_day",
     "UPDATE erased_batch SET totals = '61,1' WHERE batch_seq = 1",
     "UPDATE erased_batch SET totals = '{{61,1}}' WHERE batch_seq = 1",
     "cdn_daily 2026-11-16 bytes_streamed: expected 49, found 50",
     fill_and_erase},
    {"an_erased_row_count_of_a_purged_day",
     "UPDATE erased_batch SET row_count = 2 WHERE batch_seq = 1",
     same,
     "erasure batch_row_count: expected 6, found 5",
     fill_and_erase},
    {"what_was_erased_gone",
     "DELETE FROM erased_batch WHERE batch_seq = 3 AND date = {0}",
     same,
     "batch_registry row_count: expected 2, found 3, batch 3",
     fill_and_erase},
    {"what_was_erased_of_no_batch",
     "UPDATE erased_batch SET batch_seq = 30 WHERE batch_seq = 3 AND date = {0}",
     same,
     "erased_batch 2026-11-11 rows: expected none, found 1, batch 30",
     fill_and_erase},
    {"erased_before_a_seal_that_counts_it",
     "UPDATE erased_batch SET revision = 0 WHERE batch_seq = 3 AND date = {0}",
     same,
     "seal_event 2026-11-11 bytes_streamed: expected 16, found 116",
     fill_and_erase},
    {"erased_after_a_seal_that_is_not_there",
     "UPDATE erased_batch SET revision = 3 WHERE batch_seq = 3 AND date = {0}",
     same,
     "erased_batch 2026-11-11 revision: expected 0 to 2, found 3, batch 3",
     fill_and_erase},
    {"an_erased_total_of_a_day",
     "UPDATE erased_day SET totals = '8,1'",
     "UPDATE erased_day SET totals = '{{8,1}}'",
     "cdn_daily 2026-11-16 bytes_streamed: expected 49, found 50",
     fill_and_erase},
    {"what_was_erased_of_a_day_that_is_kept",
     "UPDATE erased_day SET date = {1}",
     same,
     "erased_day 2026-11-12 totals: expected none, found 7,1",
     fill_and_erase},
    {"what_was_erased_of_a_day_gone",
     "DELETE FROM erased_day",
     same,
     "cdn_daily 2026-11-16 bytes_streamed: expected 57, found 50",
     fill_and_erase},
    {"what_an_erasure_says",
     "UPDATE erasure SET batch_row_count = 9 WHERE batch_row_count = 5",
     same,
     "erasure batch_row_count: expected 5, found 9",
     fill_and_erase},
};

// Each plant on each store that others can reach into.
class Planted : public testing::TestWithParam<std::tuple<StoreFactory, Plant>> {};

TEST_P(Planted, is_named) {
    const auto& [factory, plant] = GetParam();
    const std::unique_ptr<TestDatabase> database = factory.make_database();
    const std::unique_ptr<Store> store = database->open();
    ASSERT_TRUE(store->prepare_dataset(cdn()).has_value());
    plant.history(*store);
    ASSERT_EQ(verified(*store), Lines{});
    const bool server = database->server() != nullptr;
    const char* const sql = server && plant.postgres != same ? plant.postgres : plant.sqlite;
    const auto date = [&](int number) {
        return server ? fmt::format("DATE '{}'", day(number).to_string())
                      : std::to_string(day(number).days_since_epoch());
    };
    database->by_hand(
        fmt::format(fmt::runtime(sql), date(0), date(1), date(2), date(3), date(4), date(5)));
    EXPECT_THAT(verified(*store), testing::Contains(testing::HasSubstr(plant.named)));
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         Planted,
                         testing::Combine(testing::Values(sqlite_store_factory(),
                                                          postgres_store_factory()),
                                          testing::ValuesIn(plants)),
                         [](const auto& test) {
                             return std::get<0>(test.param).name + "_" +
                                    std::get<1>(test.param).name;
                         });

}  // namespace
}  // namespace tidemark::test
