// What every store promises about removing a subject from a gauge for good.

#include "contract/gauge_steps.h"

namespace tidemark::test {
namespace {

class GaugeErasure : public GaugeTest {
 protected:
    Result<Erasure> erase(std::string_view subject) {
        return store->erase_subject(
            "media_storage", subject, {.reason = "on demand", .by = "billing"});
    }

    Lines all_lines() { return gauge_lines(*store, gauge_question(0, 10)); }

    // Receipts are what is retained and what was erased: events and their sums.
    void expect_receipts_explained() {
        const auto receipts = store->batches("media_storage", 0, 100);
        for (const BatchReceipt& receipt : *receipts) {
            if (receipt.voids.has_value()) {
                continue;
            }
            const std::vector<GaugeEvent> left =
                store->batch_events("media_storage", receipt.batch_seq).value();
            const ErasedRows erased =
                store->erased_rows("media_storage", receipt.batch_seq).value();
            EXPECT_EQ(receipt.row_count, erased.row_count + static_cast<std::int64_t>(left.size()));
            std::vector<Total> totals = total_of(left, receipt.totals.size());
            for (std::size_t metric = 0; metric < totals.size(); ++metric) {
                totals[metric] += erased.totals[metric];
            }
            EXPECT_EQ(receipt.totals, totals) << receipt.batch_seq;
        }
    }
};
INSTANTIATE_TEST_SUITE_P(Stores, GaugeErasure, testing::ValuesIn(store_factories()), store_name);

TEST_P(GaugeErasure, a_subject_is_gone_from_days_events_and_repeats) {
    const std::vector<GaugeEvent> both = {event_of("a", bytes_stored, 0, 60, 100),
                                          event_of("a", media_count, 1, 60, 4),
                                          event_of("ab", bytes_stored, 0, 60, 7)};
    const std::int64_t first = stored_media(*store, "1", both);
    const std::int64_t second = stored_media(*store, "2", both);  // known by then
    stored_media(*store, "3", {event_of("ab", bytes_stored, 0, 70, 9)});
    const Result<Erasure> erasure = erase("a");
    ASSERT_TRUE(erasure.has_value()) << erasure.error().message;
    EXPECT_EQ(erasure->batch_count, 2);
    EXPECT_EQ(erasure->batch_row_count, 4);
    EXPECT_EQ(erasure->daily_row_count, 2);
    EXPECT_EQ(all_lines(), Lines{"ab 2026-11-11: bytes_stored 9 at 70, max 9; media_count -"});
    for (const std::int64_t batch_seq : {first, second}) {
        EXPECT_EQ(store->batch_events("media_storage", batch_seq)->size(), 1U);
        EXPECT_EQ(store->erased_rows("media_storage", batch_seq)->row_count, 2);
    }
    expect_receipts_explained();
    ASSERT_EQ(outcome_of(erase("ab")), "ok");
    EXPECT_EQ(all_lines(), Lines{});
    EXPECT_EQ(store->batch_events("media_storage", second)->size(), 0U);
    expect_receipts_explained();
    EXPECT_EQ(store->erasures("media_storage")->size(), 2U);
}

TEST_P(GaugeErasure, what_was_erased_does_not_come_back_by_a_void) {
    const std::int64_t first = stored_media(
        *store,
        "1",
        {event_of("a", bytes_stored, 0, 60, 100), event_of("b", bytes_stored, 0, 60, 5)});
    const std::int64_t second = stored_media(
        *store,
        "2",
        {event_of("a", bytes_stored, 0, 90, 200), event_of("b", bytes_stored, 0, 90, 6)});
    ASSERT_EQ(outcome_of(erase("a")), "ok");
    const Result<StoredBatch> voided = store->void_batch("media_storage", second, "v", because);
    ASSERT_TRUE(voided.has_value()) << voided.error().message;
    EXPECT_EQ(voided->receipt.row_count, 1);
    EXPECT_EQ(voided->receipt.totals, (std::vector{Total(-6), Total()}));
    EXPECT_EQ(all_lines(), Lines{"b 2026-11-11: bytes_stored 5 at 60, max 5; media_count -"});
    voided_media(*store, first);
    EXPECT_EQ(all_lines(), Lines{});
    voided_media(*store, voided->receipt.batch_seq);
    EXPECT_EQ(all_lines(), Lines{"b 2026-11-11: bytes_stored 6 at 90, max 6; media_count -"});
    expect_receipts_explained();
}

TEST_P(GaugeErasure, days_whose_events_were_purged_go_too) {
    stored_media(*store,
                 "1",
                 {event_of("a", bytes_stored, 0, 60, 100),
                  event_of("b", bytes_stored, 0, 60, 5),
                  event_of("a", bytes_stored, 1, 60, 100)});
    ASSERT_TRUE(store->purge_day("media_storage", day(0)).value());
    const Result<Erasure> erasure = erase("a");
    ASSERT_TRUE(erasure.has_value()) << erasure.error().message;
    EXPECT_EQ(erasure->batch_row_count, 1);
    EXPECT_EQ(erasure->daily_row_count, 2);
    EXPECT_EQ(all_lines(), Lines{"b 2026-11-11: bytes_stored 5 at 60, max 5; media_count -"});
}

TEST_P(GaugeErasure, events_that_come_later_are_new_ones) {
    stored_media(*store, "1", {event_of("a", bytes_stored, 0, 60, 100)});
    ASSERT_EQ(outcome_of(erase("a")), "ok");
    stored_media(*store, "2", {event_of("a", bytes_stored, 0, 30, 7)});
    EXPECT_EQ(all_lines(), Lines{"a 2026-11-11: bytes_stored 7 at 30, max 7; media_count -"});
    expect_receipts_explained();
}

TEST_P(GaugeErasure, what_another_store_erased_is_new_when_it_comes_again) {
    const std::unique_ptr<Store> other = database->open();
    const std::vector<GaugeEvent> events = {event_of("a", bytes_stored, 0, 60, 100),
                                            event_of("b", bytes_stored, 0, 60, 7)};
    stored_media(*store, "1", events);
    const Lines both = all_lines();
    ASSERT_EQ(outcome_of(other->erase_subject("media_storage", "a", {.reason = "r", .by = "b"})),
              "ok");
    EXPECT_EQ(all_lines(), Lines{"b 2026-11-11: bytes_stored 7 at 60, max 7; media_count -"});
    stored_media(*store, "2", events);
    EXPECT_EQ(all_lines(), both);
}

TEST_P(GaugeErasure, rejected_lines_that_name_the_subject_go) {
    Batch batch = media_batch("1");
    batch.counts.lines = batch.counts.rejected = 2;
    batch.rejected_by_reason = {{"negative", 2}};
    batch.rejected_samples = {{.line = 1, .reason = "negative", .text = "{site a17: -1}"},
                              {.line = 2, .reason = "negative", .text = "{site b: -1}"}};
    ASSERT_EQ(outcome_of(store->store_events(batch, {})), "ok");
    EXPECT_EQ(erase("a17")->rejected_sample_count, 1);
    EXPECT_EQ(store->rejected_samples("media_storage", 1)->size(), 1U);
}

}  // namespace
}  // namespace tidemark::test
