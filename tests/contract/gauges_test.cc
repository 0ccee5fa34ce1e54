// What every store promises about gauges: values that replace each other.

#include <algorithm>

#include <fmt/format.h>

#include "contract/gauge_steps.h"

namespace tidemark::test {
namespace {

using GaugeContract = GaugeTest;
INSTANTIATE_TEST_SUITE_P(Stores, GaugeContract, testing::ValuesIn(store_factories()), store_name);

Lines all_lines(Store& store) {
    return gauge_lines(store, gauge_question(0, 10));
}

TEST_P(GaugeContract, the_newest_reading_is_current_and_the_largest_is_the_mark) {
    stored_media(*store, "1", {event_of("a", bytes_stored, 0, 60, 100)});
    stored_media(*store, "2", {event_of("a", bytes_stored, 0, 120, 50)});
    stored_media(*store, "3", {event_of("a", bytes_stored, 0, 30, 70)});
    EXPECT_EQ(all_lines(*store),
              Lines{"a 2026-11-11: bytes_stored 50 at 120, max 100; media_count -"});
}

TEST_P(GaugeContract, of_two_readings_of_one_instant_the_larger_is_current) {
    stored_media(*store, "1", {event_of("a", bytes_stored, 0, 60, 7)});
    stored_media(*store, "2", {event_of("a", bytes_stored, 0, 60, 9)});
    stored_media(*store, "3", {event_of("a", bytes_stored, 0, 60, 8)});
    EXPECT_EQ(all_lines(*store), Lines{"a 2026-11-11: bytes_stored 9 at 60, max 9; media_count -"});
}

TEST_P(GaugeContract, a_metric_without_an_event_stays_empty_until_its_own_comes) {
    stored_media(*store, "1", {event_of("a", media_count, 0, 60, 3)});
    EXPECT_EQ(all_lines(*store), Lines{"a 2026-11-11: bytes_stored -; media_count 3 at 60, max 3"});
    stored_media(*store, "2", {event_of("a", bytes_stored, 0, 30, 0)});
    EXPECT_EQ(all_lines(*store),
              Lines{"a 2026-11-11: bytes_stored 0 at 30, max 0; media_count 3 at 60, max 3"});
}

TEST_P(GaugeContract, a_day_is_that_of_the_instant_in_utc) {
    stored_media(*store,
                 "1",
                 {event_of("a", bytes_stored, 0, 86399, 1), event_of("a", bytes_stored, 1, 0, 2)});
    EXPECT_EQ(all_lines(*store),
              (Lines{"a 2026-11-11: bytes_stored 1 at 86399, max 1; media_count -",
                     "a 2026-11-12: bytes_stored 2 at 0, max 2; media_count -"}));
}

TEST_P(GaugeContract, what_was_carried_is_the_newest_of_the_latest_earlier_day) {
    stored_media(*store,
                 "1",
                 {event_of("a", bytes_stored, 0, 10, 100),
                  event_of("a", bytes_stored, 1, 20, 60),
                  event_of("a", bytes_stored, 1, 10, 80),
                  event_of("a", media_count, 0, 10, 4),
                  event_of("b", bytes_stored, 0, 10, 5),
                  event_of("a", bytes_stored, 3, 10, 30)});
    EXPECT_EQ(gauge_lines(*store, gauge_question(3, 5)),
              (Lines{"a carried: bytes_stored 60 at 2026-11-12+20; media_count 4 at 2026-11-11+10;",
                     "a 2026-11-14: bytes_stored 30 at 10, max 30; media_count -",
                     "b carried: bytes_stored 5 at 2026-11-11+10;"}));
    EXPECT_EQ(gauge_lines(*store, gauge_question(3, 5, {"b", "nobody"})),
              (Lines{"b carried: bytes_stored 5 at 2026-11-11+10;"}));
}

TEST_P(GaugeContract, a_batch_counts_once_and_its_key_is_kept) {
    const std::vector<GaugeEvent> events = {event_of("a", bytes_stored, 0, 60, 5),
                                            event_of("a", bytes_stored, 0, 60, 5),
                                            event_of("b", media_count, 1, 60, 2)};
    const Result<StoredBatch> first = store_media(*store, "key", events);
    ASSERT_TRUE(first.has_value()) << first.error().message;
    EXPECT_FALSE(first->already_stored);
    EXPECT_EQ(first->receipt.row_count, 2);
    EXPECT_EQ(first->receipt.counts.accepted, 3);
    EXPECT_EQ(first->receipt.totals, (std::vector<Total>{Total(5), Total(2)}));
    EXPECT_EQ(first->receipt.days, (std::vector<UtcDay>{day(0), day(1)}));
    const Result<StoredBatch> again = store_media(*store, "key", events);
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_TRUE(again->already_stored);
    EXPECT_EQ(again->receipt.batch_seq, first->receipt.batch_seq);
    EXPECT_EQ(again->receipt.committed_at, first->receipt.committed_at);
    EXPECT_EQ(outcome_of(store_media(*store, "key", events, "other content")), "refused");
    EXPECT_EQ(store->batches("media_storage", 0, 9)->size(), 1U);
}

TEST_P(GaugeContract, events_of_a_batch_can_be_read_back) {
    std::vector<GaugeEvent> events = {event_of("b", media_count, 1, 60, 2),
                                      event_of("a", bytes_stored, 0, 60, 5),
                                      event_of("a", bytes_stored, 0, 30, 9)};
    events[1].event_id = "order-17";
    const std::int64_t first = stored_media(*store, "1", events);
    const std::int64_t second = stored_media(*store, "2", events);  // known by then
    for (const std::int64_t batch_seq : {first, second}) {
        const Result<std::vector<GaugeEvent>> read =
            store->batch_events("media_storage", batch_seq);
        ASSERT_TRUE(read.has_value()) << read.error().message;
        ASSERT_EQ(read->size(), 3U);
        EXPECT_EQ((*read)[0].value, 9);
        EXPECT_EQ((*read)[1].value, 5);
        EXPECT_EQ((*read)[1].observed_at, events[1].observed_at);
        EXPECT_EQ((*read)[2].subject, "b");
        EXPECT_EQ((*read)[2].metric, media_count);
    }
    EXPECT_EQ(store->batch_events("media_storage", first)->at(1).event_id, "order-17");
    EXPECT_EQ(outcome_of(store->batch_events("media_storage", 77)), "not_found");
}

TEST_P(GaugeContract, wrong_events_change_nothing) {
    stored_media(*store, "1", {event_of("a", bytes_stored, 0, 60, 5)});
    const Lines before = all_lines(*store);
    std::vector<GaugeEvent> wrong[] = {{event_of("a", bytes_stored, 0, 70, -1)},
                                       {event_of("a", 2, 0, 70, 1)},
                                       {event_of("", bytes_stored, 0, 70, 1)},
                                       {event_of("a", bytes_stored, 3'000'000, 70, 1)}};
    for (std::vector<GaugeEvent>& events : wrong) {
        events.push_back(event_of("a", bytes_stored, 0, 80, 6));
        EXPECT_EQ(outcome_of(store_media(*store, "wrong", events)), "invalid_input");
    }
    EXPECT_EQ(all_lines(*store), before);
    EXPECT_EQ(store->batches("media_storage", 0, 9)->size(), 1U);
}

TEST_P(GaugeContract, counters_take_no_events_and_gauges_no_rows) {
    Batch batch = media_batch("1");
    batch.identity.dataset = "cdn";
    EXPECT_EQ(outcome_of(store->store_events(batch, {})), "not_found");
    batch.identity.dataset = "unheard_of";
    EXPECT_EQ(outcome_of(store->store_events(batch, {})), "not_found");
    GaugeQuery query = gauge_question(0, 1);
    query.dataset = "cdn";
    EXPECT_EQ(gauge_lines(*store, query), Lines{"not_found"});
    UsageRows rows = rows_of({{"a", 0, 0, 1, 1}});
    EXPECT_EQ(outcome_of(store->store_batch(media_batch("2"), rows)), "not_found");
}

TEST_P(GaugeContract, a_batch_without_events_is_stored_like_any_other) {
    Batch batch = media_batch("empty");
    batch.counts.lines = batch.counts.rejected = 1;
    batch.rejected_by_reason = {{"negative", 1}};
    batch.rejected_samples = {{.line = 1, .reason = "negative", .text = "-1"}};
    const Result<StoredBatch> stored = store->store_events(batch, {});
    ASSERT_TRUE(stored.has_value()) << stored.error().message;
    EXPECT_EQ(stored->receipt.counts.rejected, 1);
    const auto samples = store->rejected_samples("media_storage", stored->receipt.batch_seq);
    ASSERT_TRUE(samples.has_value()) << samples.error().message;
    EXPECT_EQ(samples->front().reason, "negative");
}

TEST_P(GaugeContract, a_void_takes_back_what_only_its_batch_brought) {
    stored_media(*store, "1", {event_of("a", bytes_stored, 0, 60, 50)});
    const std::int64_t wrong = stored_media(*store,
                                            "2",
                                            {event_of("a", bytes_stored, 0, 120, 900),
                                             event_of("a", media_count, 0, 120, 9),
                                             event_of("b", bytes_stored, 0, 120, 1)});
    const std::int64_t voiding = voided_media(*store, wrong);
    EXPECT_EQ(all_lines(*store),
              Lines{"a 2026-11-11: bytes_stored 50 at 60, max 50; media_count -"});
    EXPECT_EQ(store->batches("media_storage", voiding - 1, 1)->front().voids, wrong);
    EXPECT_EQ(outcome_of(store->void_batch("media_storage", wrong, "another key", because)),
              "refused");
    EXPECT_EQ(outcome_of(store->void_batch("media_storage", 77, "unheard of", because)),
              "not_found");
    const Result<StoredBatch> again =
        store->void_batch("media_storage", wrong, fmt::format("void-{}", wrong), because);
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_TRUE(again->already_stored);
}

TEST_P(GaugeContract, an_event_that_two_batches_brought_outlives_the_void_of_one) {
    const std::vector<GaugeEvent> events = {event_of("a", bytes_stored, 0, 60, 50),
                                            event_of("b", media_count, 0, 60, 3)};
    const std::int64_t first = stored_media(*store, "1", events);
    const std::int64_t second = stored_media(*store, "2", events);
    const Lines both = all_lines(*store);
    voided_media(*store, first);
    EXPECT_EQ(all_lines(*store), both);
    voided_media(*store, second);
    EXPECT_EQ(all_lines(*store), Lines{});
}

// Each store may remember what it stored; what another one takes back must not stay so.
TEST_P(GaugeContract, what_another_store_voided_counts_again_when_it_comes_again) {
    const std::unique_ptr<Store> other = database->open();
    const std::vector<GaugeEvent> events = {event_of("a", bytes_stored, 0, 60, 50),
                                            event_of("a", media_count, 0, 60, 3),
                                            event_of("b", bytes_stored, 0, 60, 7)};
    const std::int64_t first = stored_media(*store, "1", events);
    const Lines both = all_lines(*store);
    voided_media(*other, first);
    EXPECT_EQ(all_lines(*store), Lines{});
    const std::int64_t second = stored_media(*store, "2", events);
    EXPECT_EQ(all_lines(*store), both);
    stored_media(*store, "3", {events[0], event_of("b", bytes_stored, 0, 90, 8)});
    voided_media(*other, second);
    EXPECT_EQ(all_lines(*store),
              (Lines{"a 2026-11-11: bytes_stored 50 at 60, max 50; media_count -",
                     "b 2026-11-11: bytes_stored 8 at 90, max 8; media_count -"}));
}

TEST_P(GaugeContract, what_a_store_says_again_after_another_said_more_changes_nothing) {
    const std::unique_ptr<Store> other = database->open();
    const std::vector<GaugeEvent> events = {event_of("a", bytes_stored, 0, 60, 50)};
    const std::int64_t first = stored_media(*store, "1", events);
    const std::int64_t newer = stored_media(*other, "2", {event_of("a", bytes_stored, 0, 90, 20)});
    const std::int64_t again = stored_media(*store, "3", events);
    EXPECT_EQ(all_lines(*store),
              Lines{"a 2026-11-11: bytes_stored 20 at 90, max 50; media_count -"});
    EXPECT_EQ(store->batch_events("media_storage", again)->size(), 1U);
    voided_media(*other, first);
    voided_media(*other, newer);
    EXPECT_EQ(all_lines(*store),
              Lines{"a 2026-11-11: bytes_stored 50 at 60, max 50; media_count -"});
}

TEST_P(GaugeContract, a_void_that_is_voided_lets_its_batch_count_again) {
    const std::int64_t first = stored_media(*store, "1", {event_of("a", bytes_stored, 0, 60, 50)});
    const std::int64_t second = stored_media(*store, "2", {event_of("a", bytes_stored, 0, 90, 70)});
    const Lines before = all_lines(*store);
    const std::int64_t voiding = voided_media(*store, second);
    const std::int64_t voiding_first = voided_media(*store, first);
    EXPECT_EQ(all_lines(*store), Lines{});
    voided_media(*store, voiding_first);
    voided_media(*store, voiding);
    EXPECT_EQ(all_lines(*store), before);
}

TEST_P(GaugeContract, a_purged_day_keeps_its_values_and_takes_no_more) {
    const std::int64_t first = stored_media(
        *store,
        "1",
        {event_of("a", bytes_stored, 0, 60, 50), event_of("a", bytes_stored, 1, 60, 40)});
    stored_media(*store, "2", {event_of("a", bytes_stored, 0, 60, 50)});
    const Lines before = all_lines(*store);
    const Result<bool> purged = store->purge_day("media_storage", day(0));
    ASSERT_TRUE(purged.has_value()) << purged.error().message;
    EXPECT_TRUE(*purged);
    EXPECT_FALSE(store->purge_day("media_storage", day(0)).value());
    EXPECT_EQ(store->purged_days("media_storage").value(), std::vector<UtcDay>{day(0)});
    EXPECT_EQ(all_lines(*store), before);
    EXPECT_EQ(outcome_of(store_media(*store, "3", {event_of("a", bytes_stored, 0, 70, 60)})),
              "refused");
    // An event that is known is one of that day too.
    EXPECT_EQ(outcome_of(store_media(*store, "4", {event_of("a", bytes_stored, 0, 60, 50)})),
              "refused");
    EXPECT_EQ(outcome_of(store->void_batch("media_storage", first, "void", because)), "refused");
    EXPECT_EQ(store->batch_events("media_storage", first)->size(), 1U);
    stored_media(*store, "5", {event_of("a", bytes_stored, 1, 70, 60)});
    EXPECT_EQ(all_lines(*store).back(),
              "a 2026-11-12: bytes_stored 60 at 70, max 60; media_count -");
}

TEST_P(GaugeContract, any_gauge_that_a_user_declares_has_the_same_shape) {
    const Dataset seats = Dataset::declare({.name = "seats",
                                            .kind = DatasetKind::gauge,
                                            .subject = "account",
                                            .metrics = {"used", "order", "limit"}})
                              .value();
    ASSERT_EQ(outcome_of(store->prepare_dataset(seats)), "ok");
    ASSERT_EQ(outcome_of(store->prepare_dataset(seats)), "ok");
    Batch batch = media_batch("1");
    batch.identity.dataset = "seats";
    const std::vector<GaugeEvent> events = {event_of("x", 2, 0, 60, 5), event_of("x", 0, 0, 60, 1)};
    ASSERT_EQ(outcome_of(store->store_events(batch, events)), "ok");
    std::vector<GaugeSeries> all;
    GaugeQuery query = gauge_question(0, 1);
    query.dataset = "seats";
    ASSERT_EQ(outcome_of(store->read_gauge(query,
                                           [&all](const GaugeSeries& series) -> Result<void> {
                                               all.push_back(series);
                                               return {};
                                           })),
              "ok");
    ASSERT_EQ(all.size(), 1U);
    ASSERT_EQ(all[0].days[0].levels.size(), 3U);
    EXPECT_EQ(all[0].days[0].levels[0]->mark, 1);
    EXPECT_FALSE(all[0].days[0].levels[1].has_value());
    EXPECT_EQ(all[0].days[0].levels[2]->current.value, 5);
}

TEST_P(GaugeContract, an_error_of_the_sink_ends_the_reading) {
    stored_media(*store, "1", {event_of("a", bytes_stored, 0, 60, 5)});
    const Result<void> read = store->read_gauge(gauge_question(0, 1), [](const GaugeSeries&) {
        return Result<void>(Error{ErrorKind::unavailable, "the reader has gone"});
    });
    EXPECT_EQ(outcome_of(read), "unavailable");
    EXPECT_EQ(all_lines(*store).size(), 1U);
}

TEST_P(GaugeContract, subjects_of_any_bytes_come_back_in_the_order_of_their_bytes) {
    const std::vector<std::string> subjects = {
        "Z", "a", "a b", "aa", "ä", "日本", "'; --", "\"q\""};
    std::vector<GaugeEvent> events;
    for (const std::string& subject : subjects) {
        events.push_back(event_of(subject, bytes_stored, 0, 1, 7));
    }
    stored_media(*store, "1", events);
    stored_media(*store, "2", events);
    std::vector<std::string> seen;
    ASSERT_EQ(outcome_of(store->read_gauge(gauge_question(1, 2),
                                           [&seen](const GaugeSeries& series) -> Result<void> {
                                               seen.push_back(series.subject);
                                               return {};
                                           })),
              "ok");
    std::vector<std::string> sorted = subjects;
    std::ranges::sort(sorted);
    EXPECT_EQ(seen, sorted);
    EXPECT_EQ(store->batch_events("media_storage", 2)->size(), subjects.size());
}

}  // namespace
}  // namespace tidemark::test
