// What every store promises about removing a subject for good.

#include "contract/store_steps.h"

namespace tidemark::test {
namespace {

class ErasureContract : public StoreTest {
 protected:
    Result<Erasure> erase(std::string_view subject) {
        return store->erase_subject("cdn", subject, {.reason = "asked for", .by = "billing"});
    }

    // Receipts are what is retained and what was erased: rows and totals of each batch.
    void expect_receipts_explained() {
        const auto receipts = store->batches("cdn", 0, 100);
        std::int64_t erased_rows = 0;
        std::vector<Total> left(2);
        for (const BatchReceipt& receipt : *receipts) {
            const ErasedRows erased = store->erased_rows("cdn", receipt.batch_seq).value();
            EXPECT_LE(erased.row_count, receipt.row_count);
            erased_rows += erased.row_count;
            for (std::size_t metric = 0; metric < left.size(); ++metric) {
                left[metric] += receipt.totals[metric];
                left[metric] += -erased.totals[metric];
            }
        }
        UsageQuery query = question(0, 30, UsagePeriod::total);
        query.per_subject = false;
        const UsageAnswer answer = store->read_usage(query).value();
        EXPECT_EQ(answer.rows.empty() ? std::vector<Total>(2) : answer.rows.front().values, left);
    }
};
INSTANTIATE_TEST_SUITE_P(Stores, ErasureContract, testing::ValuesIn(store_factories()), store_name);

TEST_P(ErasureContract, a_subject_is_gone_and_the_others_stay) {
    stored(*store, "one", {{"a", 0, 0, 5, 1}, {"b", 0, 0, 7, 1}, {"a", 1, 3, 2, 1}});
    folded(*store);
    stored(*store, "two", {{"a", 0, 1, 1, 1}, {"b", 1, 0, 4, 1}});
    stored(*store, "three", {{"b", 0, 0, 1, 1}});
    const Result<Erasure> erasure = erase("a");
    ASSERT_TRUE(erasure.has_value()) << erasure.error().message;
    EXPECT_EQ(erasure->batch_count, 2);
    EXPECT_EQ(erasure->batch_row_count, 3);
    EXPECT_EQ(erasure->daily_row_count, 2);
    const Lines expected = {"2026-11-11T00:00Z b: 8 2", "2026-11-12T00:00Z b: 4 1"};
    EXPECT_EQ(daily_usage(*store), expected);
    EXPECT_EQ(ask(*store, question(0, 1, UsagePeriod::slot)), (Lines{"2026-11-11T00:00Z b: 8 2"}));
    expect_receipts_explained();
    folded(*store);
    EXPECT_EQ(daily_usage(*store), expected);
    expect_receipts_explained();
}

TEST_P(ErasureContract, what_was_erased_is_said_batch_by_batch) {
    stored(*store, "one", {{"a", 0, 0, 5, 1}, {"b", 0, 0, 7, 1}, {"a", 1, 3, 2, 1}});
    ASSERT_EQ(outcome_of(erase("a")), "ok");
    EXPECT_EQ(store->erased_rows("cdn", 1)->row_count, 2);
    EXPECT_EQ(store->erased_rows("cdn", 1)->totals, (std::vector{Total(7), Total(2)}));
    ASSERT_EQ(outcome_of(erase("b")), "ok");
    EXPECT_EQ(store->erased_rows("cdn", 1)->row_count, 3);
    EXPECT_EQ(store->erased_rows("cdn", 1)->totals, (std::vector{Total(14), Total(3)}));
    stored(*store, "two", {{"c", 0, 0, 5, 1}});
    EXPECT_EQ(store->erased_rows("cdn", 2)->row_count, 0);
    EXPECT_EQ(store->erased_rows("cdn", 2)->totals, (std::vector{Total(0), Total(0)}));
    EXPECT_EQ(outcome_of(store->erased_rows("cdn", 3)), "not_found");
    EXPECT_EQ(store->batches("cdn", 0, 1)->front().row_count, 3) << "the receipt stays as given";
}

TEST_P(ErasureContract, the_record_names_no_subject) {
    stored(*store, "one", {{"a secret", 0, 0, 5, 1}});
    ASSERT_EQ(outcome_of(erase("a secret")), "ok");
    ASSERT_EQ(outcome_of(erase("nobody")), "ok");
    store = database->open();
    const auto erasures = store->erasures("cdn");
    ASSERT_EQ(erasures->size(), 2U);
    EXPECT_EQ(erasures->front().subject_digest, digest_of_subject("a secret"));
    EXPECT_EQ(erasures->front().note.reason, "asked for");
    EXPECT_EQ(erasures->front().note.by, "billing");
    EXPECT_EQ(erasures->front().batch_row_count, 1);
    EXPECT_GT(erasures->front().erased_at.time_since_epoch().count(), 0);
    EXPECT_EQ(erasures->back().batch_row_count, 0);
    EXPECT_EQ(digest_of_subject("a secret").find("secret"), std::string::npos);
    EXPECT_NE(digest_of_subject("a secret"), digest_of_subject("a secre"));
    const auto naming = store->erase_subject(
        "cdn", "a secret", {.reason = "a secret wants to be forgotten", .by = "billing"});
    ASSERT_EQ(outcome_of(naming), "invalid_input");
    EXPECT_EQ(outcome_of(erase("")), "invalid_input");
    EXPECT_EQ(outcome_of(erase("ask")), "ok");  // within a longer word of the reason
    EXPECT_EQ(outcome_of(store->erase_subject("cdn", "x", {.reason = "", .by = "billing"})),
              "invalid_input");
    EXPECT_EQ(outcome_of(store->erase_subject("never", "x", because)), "not_found");
}

TEST_P(ErasureContract, a_batch_is_taken_back_without_what_was_erased) {
    stored(*store, "one", {{"a", 0, 0, 5, 1}, {"b", 0, 0, 7, 1}});
    ASSERT_EQ(outcome_of(erase("a")), "ok");
    const Result<StoredBatch> voided = store->void_batch("cdn", 1, "v", because);
    ASSERT_TRUE(voided.has_value()) << voided.error().message;
    EXPECT_EQ(voided->receipt.row_count, 1);
    EXPECT_EQ(voided->receipt.totals, (std::vector{Total(-7), Total(-1)}));
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z b: 0 0"}));
    folded(*store);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z b: 0 0"}));
    expect_receipts_explained();
}

TEST_P(ErasureContract, a_voided_batch_and_its_void_are_both_erased) {
    stored(*store, "one", {{"a", 0, 0, 5, 1}, {"b", 0, 0, 7, 1}});
    ASSERT_EQ(outcome_of(store->void_batch("cdn", 1, "v", because)), "ok");
    folded(*store, {.days = {}, .subject_from = "b"});
    EXPECT_EQ(erase("a")->batch_row_count, 2);
    EXPECT_EQ(store->erased_rows("cdn", 2)->totals, (std::vector{Total(-5), Total(-1)}));
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z b: 0 0"}));
    folded(*store);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z b: 0 0"}));
    ASSERT_EQ(outcome_of(store->void_batch("cdn", 2, "vv", because)), "ok");
    folded(*store);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z b: 7 1"}));
    expect_receipts_explained();
}

TEST_P(ErasureContract, rejected_lines_that_name_the_subject_go) {
    Batch batch = batch_of("k");
    batch.rejected_samples = {{.line = 1, .reason = "bad_time", .text = "GET /a secret/x"},
                              {.line = 2, .reason = "bad_time", .text = "GET /other/x"}};
    UsageRows rows = rows_of({});
    ASSERT_EQ(outcome_of(store->store_batch(batch, rows)), "ok");
    EXPECT_EQ(erase("a secret")->rejected_sample_count, 1);
    const auto samples = store->rejected_samples("cdn", 1);
    ASSERT_EQ(samples->size(), 1U);
    EXPECT_EQ(samples->front().line, 2);
}

TEST_P(ErasureContract, purged_days_lose_their_daily_rows) {
    stored(*store, "one", {{"a", 0, 0, 5, 1}, {"b", 0, 0, 7, 1}});
    folded(*store);
    ASSERT_EQ(outcome_of(store->purge_day("cdn", day(0))), "ok");
    EXPECT_EQ(erase("a")->daily_row_count, 1);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z b: 7 1"}));
}

TEST_P(ErasureContract, what_comes_later_is_new) {
    stored(*store, "one", {{"a", 0, 0, 5, 1}});
    folded(*store);
    ASSERT_EQ(outcome_of(erase("a")), "ok");
    stored(*store, "two", {{"a", 0, 0, 2, 1}});
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 2 1"}));
    folded(*store);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 2 1"}));
    EXPECT_TRUE(store_rows(*store, "one", {{"a", 0, 0, 5, 1}})->already_stored);
    expect_receipts_explained();
}

}  // namespace
}  // namespace tidemark::test
