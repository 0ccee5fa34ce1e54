// What every store promises about storing, finding, listing and voiding batches.

#include <limits>

#include <gmock/gmock.h>

#include "contract/store_steps.h"

namespace tidemark::test {
namespace {

using testing::HasSubstr;

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

class BatchContract : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Stores, BatchContract, testing::ValuesIn(store_factories()), store_name);

TEST_P(BatchContract, a_stored_batch_is_acknowledged_with_what_it_was) {
    Batch batch = batch_of("k");
    batch.counts = {.lines = 9, .comments = 1, .accepted = 5, .rejected = 2, .ignored = 1};
    UsageRows rows = rows_of({{"b", 1, 0, 5, 1}, {"a", 0, 47, 7, 2}, {"a", 0, 3, 1, 0}});
    const Result<StoredBatch> stored_batch = store->store_batch(batch, rows);
    ASSERT_TRUE(stored_batch.has_value()) << stored_batch.error().message;
    EXPECT_FALSE(stored_batch->already_stored);
    const BatchReceipt& receipt = stored_batch->receipt;
    EXPECT_EQ(receipt.identity.dataset, "cdn");
    EXPECT_EQ(receipt.identity.feed, "fastly");
    EXPECT_EQ(receipt.identity.key, "k");
    EXPECT_EQ(receipt.identity.content_hash, batch.identity.content_hash);
    EXPECT_EQ(receipt.source, "k.log");
    EXPECT_EQ(receipt.counts, batch.counts);
    EXPECT_EQ(receipt.row_count, 3);
    EXPECT_EQ(receipt.totals, (std::vector{Total(13), Total(3)}));
    EXPECT_EQ(receipt.days, (std::vector{day(0), day(1)}));
    EXPECT_EQ(receipt.voids, std::nullopt);
    EXPECT_GE(receipt.batch_seq, 1);
    EXPECT_GT(receipt.committed_at.time_since_epoch().count(), 0);
}

TEST_P(BatchContract, the_same_batch_again_counts_once_and_gets_the_first_receipt) {
    const std::int64_t first = stored(*store, "k", {{"a", 0, 0, 5, 1}});
    const std::unique_ptr<Store> other = database->open();
    const Result<StoredBatch> again = store_rows(*other, "k", {{"a", 0, 0, 5, 1}});
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_TRUE(again->already_stored);
    EXPECT_EQ(again->receipt.batch_seq, first);
    EXPECT_EQ(again->receipt.totals, (std::vector{Total(5), Total(1)}));
    EXPECT_EQ(again->receipt.days, std::vector{day(0)});
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 5 1"}));
}

TEST_P(BatchContract, the_same_batch_again_counts_once_after_a_fold_and_a_purge) {
    stored(*store, "k", {{"a", 0, 0, 5, 1}});
    folded(*store);
    ASSERT_EQ(outcome_of(store->purge_day("cdn", day(0))), "ok");
    EXPECT_TRUE(store_rows(*store, "k", {{"a", 0, 0, 5, 1}})->already_stored);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 5 1"}));
}

TEST_P(BatchContract, a_known_key_with_other_content_is_refused_and_named) {
    const std::int64_t first = stored(*store, "k", {{"a", 0, 0, 5, 1}});
    const Result<StoredBatch> other = store_rows(*store, "k", {{"a", 0, 0, 6, 1}}, "other");
    ASSERT_FALSE(other.has_value());
    EXPECT_EQ(other.error().kind, ErrorKind::refused);
    for (const std::string& named : {std::string("'k'"),
                                     std::to_string(first),
                                     batch_of("k").identity.content_hash.to_string(),
                                     batch_of("k", "other").identity.content_hash.to_string()}) {
        EXPECT_THAT(other.error().message, HasSubstr(named));
    }
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 5 1"}));
}

TEST_P(BatchContract, a_key_is_unique_within_its_feed_and_across_datasets) {
    stored(*store, "k", {{"a", 0, 0, 5, 1}});
    Batch other_feed = batch_of("k");
    other_feed.identity.feed = "edgecast";
    UsageRows rows = rows_of({{"a", 0, 0, 2, 1}});
    EXPECT_FALSE(store->store_batch(other_feed, rows)->already_stored);

    const Result<Dataset> twin = Dataset::declare({.name = "twin",
                                                   .kind = DatasetKind::counter,
                                                   .subject = "site_id",
                                                   .metrics = {"bytes_streamed", "requests"}});
    ASSERT_EQ(outcome_of(store->prepare_dataset(*twin)), "ok");
    Batch other_dataset = batch_of("k");
    other_dataset.identity.dataset = "twin";
    EXPECT_EQ(outcome_of(store->store_batch(other_dataset, rows)), "refused");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 7 2"}));
}

TEST_P(BatchContract, a_batch_without_rows_is_stored_like_any_other) {
    const std::int64_t batch_seq = stored(*store, "empty", {});
    const auto found = store->find_batch("fastly", "empty");
    ASSERT_TRUE(found.has_value() && found->has_value());
    EXPECT_EQ((*found)->batch_seq, batch_seq);
    EXPECT_EQ((*found)->row_count, 0);
    EXPECT_EQ((*found)->totals, (std::vector{Total(0), Total(0)}));
    EXPECT_TRUE((*found)->days.empty());
    EXPECT_TRUE(store_rows(*store, "empty", {})->already_stored);
    EXPECT_EQ(folded(*store).batch_count, 1);
    EXPECT_EQ(daily_usage(*store), Lines{});
}

TEST_P(BatchContract, wrong_rows_are_refused_and_leave_nothing) {
    const Result<StoredBatch> negative =
        store_rows(*store, "k", {{"a", 0, 0, 5, 1}, {"b", 0, 0, 5, -1}});
    ASSERT_EQ(outcome_of(negative), "invalid_input");
    EXPECT_THAT(negative.error().message, HasSubstr("requests of 'b'"));
    EXPECT_THAT(negative.error().message, HasSubstr("-1"));

    UsageRows::Builder builder(3);
    builder.add("a", Slot::of_day(day(0), 0), std::vector<std::int64_t>{1, 2, 3});
    UsageRows three_metrics = std::move(builder).finish().value();
    EXPECT_EQ(outcome_of(store->store_batch(batch_of("k"), three_metrics)), "invalid_input");

    EXPECT_EQ(daily_usage(*store), Lines{});
    EXPECT_EQ(store->find_batch("fastly", "k").value(), std::nullopt);
    stored(*store, "k", {{"a", 0, 0, 5, 1}});
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 5 1"}));
}

TEST_P(BatchContract, values_reach_the_largest_of_64_bits) {
    stored(*store, "k", {{"a", 0, 0, largest, 0}, {"a", 0, 1, 0, largest}});
    folded(*store);
    EXPECT_EQ(daily_usage(*store),
              (Lines{"2026-11-11T00:00Z a: 9223372036854775807 9223372036854775807"}));
}

TEST_P(BatchContract, totals_of_a_receipt_exceed_64_bits) {
    stored(*store, "k", {{"a", 0, 0, largest, 0}, {"b", 0, 0, largest, 0}});
    EXPECT_EQ(store->find_batch("fastly", "k").value()->totals[0].to_string(),
              "18446744073709551614");
}

TEST_P(BatchContract, subjects_are_bytes) {
    stored(*store,
           "k",
           {{"B", 0, 0, 1, 1},
            {"a", 0, 0, 2, 1},
            {"", 0, 0, 3, 1},
            {"a'; DROP TABLE x", 0, 0, 4, 1},
            {"\xC3\xA4", 0, 0, 5, 1},
            {"a ", 0, 0, 6, 1}});
    const Lines expected = {"2026-11-11T00:00Z : 3 1",
                            "2026-11-11T00:00Z B: 1 1",
                            "2026-11-11T00:00Z a: 2 1",
                            "2026-11-11T00:00Z a : 6 1",
                            "2026-11-11T00:00Z a'; DROP TABLE x: 4 1",
                            "2026-11-11T00:00Z \xC3\xA4: 5 1"};
    EXPECT_EQ(daily_usage(*store), expected);
    folded(*store);
    EXPECT_EQ(daily_usage(*store), expected);
}

TEST_P(BatchContract, datasets_that_are_unknown_or_no_counters_are_not_found) {
    ASSERT_EQ(outcome_of(store->prepare_dataset(built_in_datasets()[2])), "ok");
    for (const std::string dataset : {"never", "media_storage"}) {
        Batch batch = batch_of("k");
        batch.identity.dataset = dataset;
        UsageRows rows = rows_of({{"a", 0, 0, 5, 1}});
        UsageQuery query = question(0, 1);
        query.dataset = dataset;
        EXPECT_EQ(outcome_of(store->store_batch(batch, rows)), "not_found");
        EXPECT_EQ(outcome_of(store->void_batch(dataset, 1, "v", because)), "not_found");
        EXPECT_EQ(outcome_of(store->rejected_samples(dataset, 1)), "not_found");
        EXPECT_EQ(outcome_of(store->fold(dataset, {})), "not_found");
        EXPECT_EQ(outcome_of(store->dataset_state(dataset)), "not_found");
        EXPECT_EQ(outcome_of(store->read_usage(query)), "not_found");
    }
    EXPECT_EQ(outcome_of(store->batches("never", 0, 9)), "not_found");
    EXPECT_EQ(outcome_of(store->purge_day("never", day(0))), "not_found");
}

TEST_P(BatchContract, datasets_are_prepared_once_and_never_changed) {
    EXPECT_EQ(outcome_of(store->prepare_dataset(cdn())), "ok");
    EXPECT_EQ(outcome_of(store->prepare_dataset(built_in_datasets()[1])), "ok");
    EXPECT_EQ(outcome_of(database->open()->prepare_dataset(built_in_datasets()[2])), "ok");
    const DatasetDeclaration known = {.name = "cdn",
                                      .kind = DatasetKind::counter,
                                      .subject = "site_id",
                                      .metrics = {"bytes_streamed", "requests"}};
    DatasetDeclaration other_subject = known;
    other_subject.subject = "host";
    DatasetDeclaration other_metrics = known;
    other_metrics.metrics = {"requests", "bytes_streamed"};
    DatasetDeclaration other_kind = known;
    other_kind.kind = DatasetKind::gauge;
    for (const DatasetDeclaration& other : {other_subject, other_metrics, other_kind}) {
        EXPECT_EQ(outcome_of(store->prepare_dataset(*Dataset::declare(other))), "refused");
    }
    const Result<std::vector<Dataset>> known_datasets = store->datasets();
    ASSERT_EQ(known_datasets->size(), 3U);
    EXPECT_EQ((*known_datasets)[0].name(), "cdn");
    EXPECT_EQ((*known_datasets)[1].name(), "media_storage");
    EXPECT_EQ((*known_datasets)[2].name(), "ping");
    EXPECT_TRUE((*known_datasets)[0] == cdn());
}

TEST_P(BatchContract, columns_may_be_called_like_words_of_sql) {
    const Result<Dataset> words = Dataset::declare({.name = "order",
                                                    .kind = DatasetKind::counter,
                                                    .subject = "group",
                                                    .metrics = {"select", "values"}});
    ASSERT_EQ(outcome_of(store->prepare_dataset(*words)), "ok");
    Batch batch = batch_of("k");
    batch.identity.dataset = "order";
    UsageRows rows = rows_of({{"a", 0, 0, 5, 1}});
    ASSERT_EQ(outcome_of(store->store_batch(batch, rows)), "ok");
    ASSERT_EQ(outcome_of(store->fold("order", {})), "ok");
    UsageQuery query = question(0, 1);
    query.dataset = "order";
    EXPECT_EQ(ask(*store, query), (Lines{"2026-11-11T00:00Z a: 5 1"}));
}

TEST_P(BatchContract, receipts_are_listed_in_order_after_a_number) {
    for (const char* key : {"one", "two", "three"}) {
        stored(*store, key, {{"a", 0, 0, 1, 1}});
    }
    const auto all = store->batches("cdn", 0, 10);
    ASSERT_EQ(all->size(), 3U);
    EXPECT_EQ((*all)[0].identity.key, "one");
    EXPECT_LT((*all)[0].batch_seq, (*all)[1].batch_seq);
    const auto rest = store->batches("cdn", (*all)[0].batch_seq, 1);
    ASSERT_EQ(rest->size(), 1U);
    EXPECT_EQ(rest->front().identity.key, "two");
    EXPECT_EQ(rest->front().days, std::vector{day(0)});
    EXPECT_TRUE(store->batches("cdn", (*all)[2].batch_seq, 10)->empty());
    EXPECT_TRUE(store->batches("cdn", 0, 0)->empty());
    EXPECT_TRUE(store->batches("cdn", 0, -1)->empty());
}

TEST_P(BatchContract, rejected_samples_come_back_as_given) {
    Batch batch = batch_of("k");
    batch.rejected_by_reason = {{"bad_date", 2}, {"no_subject", 1}};
    batch.rejected_samples = {{.line = 7, .reason = "no_subject", .text = "x \"quoted\""},
                              {.line = 3, .reason = "bad_date", .text = ""}};
    UsageRows rows = rows_of({});
    const std::int64_t batch_seq = store->store_batch(batch, rows)->receipt.batch_seq;
    const auto samples = store->rejected_samples("cdn", batch_seq);
    ASSERT_EQ(samples->size(), 2U);
    EXPECT_EQ((*samples)[0].line, 7);
    EXPECT_EQ((*samples)[0].reason, "no_subject");
    EXPECT_EQ((*samples)[0].text, "x \"quoted\"");
    EXPECT_EQ((*samples)[1].text, "");
    EXPECT_EQ(outcome_of(store->rejected_samples("cdn", batch_seq + 1)), "not_found");
}

TEST_P(BatchContract, a_void_takes_a_batch_back_before_a_fold) {
    const std::int64_t wrong = stored(*store, "wrong", {{"a", 0, 0, 5, 1}, {"b", 1, 2, 3, 1}});
    stored(*store, "right", {{"a", 0, 0, 2, 1}});
    const Result<StoredBatch> voided = store->void_batch("cdn", wrong, "v", because);
    ASSERT_TRUE(voided.has_value()) << voided.error().message;
    EXPECT_FALSE(voided->already_stored);
    EXPECT_EQ(voided->receipt.voids, wrong);
    EXPECT_EQ(voided->receipt.row_count, 2);
    EXPECT_EQ(voided->receipt.totals, (std::vector{Total(-8), Total(-2)}));
    EXPECT_EQ(voided->receipt.days, (std::vector{day(0), day(1)}));
    EXPECT_EQ(voided->receipt.identity.feed, "fastly");
    const Lines expected = {"2026-11-11T00:00Z a: 2 1", "2026-11-12T00:00Z b: 0 0"};
    EXPECT_EQ(daily_usage(*store), expected);
    folded(*store);
    EXPECT_EQ(daily_usage(*store), expected);
}

TEST_P(BatchContract, a_void_takes_a_batch_back_after_a_fold_and_between_parts_of_one) {
    const std::int64_t wrong = stored(*store, "wrong", {{"a", 0, 0, 5, 1}, {"b", 1, 2, 3, 1}});
    folded(*store, {.days = {day(1)}});
    ASSERT_EQ(outcome_of(store->void_batch("cdn", wrong, "v", because)), "ok");
    const Lines expected = {"2026-11-11T00:00Z a: 0 0", "2026-11-12T00:00Z b: 0 0"};
    EXPECT_EQ(daily_usage(*store), expected);
    folded(*store, {.days = {day(0)}});
    EXPECT_EQ(daily_usage(*store), expected);
    folded(*store);
    EXPECT_EQ(daily_usage(*store), expected);
    const std::int64_t late = stored(*store, "late", {{"a", 0, 0, 5, 1}});
    folded(*store);
    ASSERT_EQ(outcome_of(store->void_batch("cdn", late, "v2", because)), "ok");
    EXPECT_EQ(daily_usage(*store), expected);
}

TEST_P(BatchContract, a_batch_is_voided_once) {
    const std::int64_t wrong = stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    const std::int64_t voiding = store->void_batch("cdn", wrong, "v", because)->receipt.batch_seq;
    const Result<StoredBatch> again = store->void_batch("cdn", wrong, "v", because);
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_TRUE(again->already_stored);
    EXPECT_EQ(again->receipt.batch_seq, voiding);
    EXPECT_EQ(again->receipt.voids, wrong);
    EXPECT_EQ(outcome_of(store->void_batch("cdn", wrong, "other", because)), "refused");
    EXPECT_EQ(outcome_of(store->void_batch("cdn", wrong, "wrong", because)), "refused");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 0 0"}));
}

TEST_P(BatchContract, a_void_may_be_voided) {
    const std::int64_t right = stored(*store, "right", {{"a", 0, 0, 5, 1}});
    const std::int64_t mistake = store->void_batch("cdn", right, "v", because)->receipt.batch_seq;
    const Result<StoredBatch> back = store->void_batch("cdn", mistake, "vv", because);
    ASSERT_EQ(outcome_of(back), "ok");
    EXPECT_EQ(back->receipt.totals, (std::vector{Total(5), Total(1)}));
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 5 1"}));
}

TEST_P(BatchContract, a_void_needs_a_committed_batch_with_its_rows) {
    const std::int64_t batch_seq = stored(*store, "k", {{"a", 0, 0, 5, 1}});
    for (const std::int64_t unknown : {batch_seq + 1,
                                       std::int64_t{0},
                                       std::int64_t{-1},
                                       std::numeric_limits<std::int64_t>::min()}) {
        EXPECT_EQ(outcome_of(store->void_batch("cdn", unknown, "v", because)), "not_found");
    }
    folded(*store);
    ASSERT_EQ(outcome_of(store->purge_day("cdn", day(0))), "ok");
    EXPECT_EQ(outcome_of(store->void_batch("cdn", batch_seq, "v", because)), "refused");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 5 1"}));
}

TEST_P(BatchContract, batches_are_found_by_feed_and_key) {
    const std::int64_t batch_seq = stored(*store, "k", {{"a", 0, 0, 5, 1}});
    EXPECT_EQ(store->find_batch("fastly", "k").value()->batch_seq, batch_seq);
    EXPECT_EQ(store->find_batch("fastly", "K").value(), std::nullopt);
    EXPECT_EQ(store->find_batch("edgecast", "k").value(), std::nullopt);
}

TEST_P(BatchContract, reopening_keeps_everything) {
    if (!GetParam().lasting) {
        GTEST_SKIP() << "this store lives as long as its database object";
    }
    stored(*store, "one", {{"a", 0, 0, 5, 1}});
    folded(*store);
    stored(*store, "two", {{"a", 0, 0, 2, 1}});
    store.reset();
    store = database->open();
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 7 2"}));
    EXPECT_EQ(store->batches("cdn", 0, 10)->size(), 2U);
    EXPECT_TRUE(store_rows(*store, "one", {{"a", 0, 0, 5, 1}})->already_stored);
    EXPECT_TRUE(store->datasets()->front() == cdn());
    EXPECT_EQ(store->dataset_state("cdn")->unfolded_count, 1);
}

}  // namespace
}  // namespace tidemark::test
