// What every store promises of rows of days that are frozen with `adjust`.

#include <limits>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "contract/store_steps.h"
#include "contract/verifying.h"
#include "contract/words_of_totals.h"

namespace tidemark::test {
namespace {

const CorrectionNote forgotten{.reason = "done", .by = "x"};

// Day 0 is frozen with `adjust`: a has 5 and b has 6 of it.
class Adjusting : public StoreTest {
 protected:
    void SetUp() override {
        stored(*store, "k1", {{"a", 0, 1, 5, 1}, {"b", 0, 1, 6, 1}});
        folded(*store);
        seal_and_freeze(day(0), FreezePolicy::adjust);
    }

    void TearDown() override { EXPECT_EQ(verified(*store), Lines{}); }

    void seal_and_freeze(UtcDay frozen, FreezePolicy policy) const {
        const std::vector<UtcDay> days = {frozen};
        EXPECT_TRUE(store->seal_days("cdn", days).has_value());
        EXPECT_EQ(store->freeze_days("cdn", days, policy).value(), days);
    }

    // The receipt of a batch that must be stored.
    BatchReceipt receipt_of(std::string_view key, const std::vector<CdnRow>& rows) const {
        const Result<StoredBatch> batch = store_rows(*store, key, rows);
        EXPECT_TRUE(batch.has_value()) << batch.error().message;
        return batch.has_value() ? batch->receipt : BatchReceipt{};
    }

    // "k2 a 2026-11-11T00:30Z: 7 1", the batch's key first: on PostgreSQL numbers have gaps.
    Lines links(AdjustmentQuery query = {.dataset = "cdn", .limit = 1000}) const {
        std::map<std::int64_t, std::string> keys;
        const auto receipts = store->batches("cdn", 0, 100);
        for (const BatchReceipt& receipt : *receipts) {
            keys[receipt.batch_seq] = receipt.identity.key;
        }
        Lines lines;
        const auto found = store->adjustments(query);
        EXPECT_TRUE(found.has_value()) << found.error().message;
        for (const Adjustment& link : *found) {
            lines.push_back(fmt::format(
                "{} {} {}: {}{}",
                keys.at(link.batch_seq),
                link.subject.empty() ? "(erased)" : link.subject,
                link.slot.to_string(),
                words(link.totals),
                link.row_count == 1 ? std::string() : fmt::format(", {} rows", link.row_count)));
        }
        return lines;
    }

    // The subjects' usage of a day, "a: 5 1".
    Lines usage_of(UtcDay of) const {
        Lines lines;
        const auto answer =
            store->read_usage({.dataset = "cdn", .subjects = {}, .from = of, .to = of.next()});
        for (const UsageAnswerRow& row : answer->rows) {
            lines.push_back(fmt::format("{}: {}", row.subject, words(row.values)));
        }
        return lines;
    }
};
INSTANTIATE_TEST_SUITE_P(Stores, Adjusting, testing::ValuesIn(store_factories()), store_name);

TEST_P(Adjusting, rows_of_a_frozen_day_count_where_they_arrive_and_are_linked) {
    const BatchReceipt receipt = receipt_of(
        "k2", {{"a", 0, 1, 7, 1}, {"a", 0, 2, 3, 1}, {"b", 0, 1, 1, 1}, {"a", 1, 5, 2, 1}});
    ASSERT_TRUE(receipt.adjusted.has_value());
    const Slot booked = receipt.adjusted->booked;
    const Slot committed =
        Slot::containing(std::chrono::floor<std::chrono::seconds>(receipt.committed_at));
    EXPECT_TRUE(booked == committed || booked.next() == committed) << booked.to_string();
    EXPECT_EQ(receipt.adjusted->row_count, 3);
    EXPECT_EQ(words(receipt.adjusted->totals), "11 3");
    EXPECT_EQ(receipt.row_count, 3) << "a's two rows are booked as one";
    EXPECT_EQ(words(receipt.totals), "13 4");
    EXPECT_EQ(receipt.days, (std::vector<UtcDay>{day(1), booked.day()}));
    EXPECT_EQ(links(),
              (Lines{"k2 a 2026-11-11T00:30Z: 7 1",
                     "k2 a 2026-11-11T01:00Z: 3 1",
                     "k2 b 2026-11-11T00:30Z: 1 1"}));
    for (int turn = 0; turn < 2; ++turn) {
        EXPECT_EQ(usage_of(day(0)), (Lines{"a: 5 1", "b: 6 1"}));
        EXPECT_EQ(usage_of(day(1)), (Lines{"a: 2 1"}));
        EXPECT_EQ(usage_of(booked.day()), (Lines{"a: 10 2", "b: 1 1"}));
        folded(*store);
    }
    EXPECT_FALSE(store->sealed_days("cdn")->front().dirty);
}

TEST_P(Adjusting, the_same_batch_again_gives_the_first_receipt) {
    const std::vector<CdnRow> rows = {{"a", 0, 1, 7, 1}, {"a", 1, 1, 7, 1}};
    const BatchReceipt first = receipt_of("k2", rows);
    const auto again = store_rows(*store, "k2", rows);
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_TRUE(again->already_stored);
    EXPECT_EQ(again->receipt.batch_seq, first.batch_seq);
    EXPECT_EQ(again->receipt.adjusted, first.adjusted);
    EXPECT_EQ(again->receipt.days, first.days);
    EXPECT_EQ(outcome_of(store_rows(*store, "k2", rows, "other content")), "refused");
    EXPECT_EQ(store->find_batch("fastly", "k2").value()->adjusted, first.adjusted);
    EXPECT_EQ(store->batches("cdn", 1, 1)->front().adjusted, first.adjusted);
    EXPECT_EQ(links().size(), 1U);
}

TEST_P(Adjusting, a_row_that_belongs_to_the_slot_of_arrival_adds_up_with_those_moved_there) {
    const int today =
        static_cast<int>(
            receipt_of("k2", {{"a", 0, 1, 7, 1}}).adjusted->booked.day().days_since_epoch()) -
        first_day.days_since_epoch();
    std::vector<CdnRow> rows = {{"a", 0, 1, 100, 1}};
    for (int slot = 0; slot < 2 * Slot::per_day; ++slot) {
        rows.push_back({"a", today + slot / Slot::per_day, slot % Slot::per_day, 1, 1});
    }
    const BatchReceipt receipt = receipt_of("k3", rows);
    EXPECT_EQ(receipt.row_count, 2 * Slot::per_day);
    EXPECT_EQ(words(receipt.totals), "196 97");
    ASSERT_TRUE(receipt.adjusted.has_value());
    EXPECT_EQ(words(receipt.adjusted->totals), "100 1");
}

TEST_P(Adjusting, a_batch_that_is_refused_leaves_nothing) {
    seal_and_freeze(day(1), FreezePolicy::reject);
    EXPECT_EQ(outcome_of(store_rows(*store, "k2", {{"a", 0, 1, 7, 1}, {"a", 1, 1, 7, 1}})),
              "refused");
    EXPECT_EQ(outcome_of(store_rows(*store, "k2", {{"a", 0, 1, -7, 1}, {"a", 0, 2, 9, 1}})),
              "invalid_input");
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(outcome_of(store_rows(*store, "k2", {{"a", 0, 1, most, 1}, {"a", 0, 2, 1, 1}})),
              "invalid_input");
    EXPECT_EQ(links(), Lines{});
    EXPECT_EQ(store->batches("cdn", 0, 10)->size(), 1U);
}

// Only somebody whose clock is far ahead freezes a day that is not over.
TEST_P(Adjusting, an_arrival_on_a_frozen_day_is_refused) {
    const UtcDay today = receipt_of("k2", {{"a", 0, 1, 7, 1}}).adjusted->booked.day();
    folded(*store);
    for (const FreezePolicy policy : {FreezePolicy::adjust, FreezePolicy::reject}) {
        seal_and_freeze(today, policy);
        if (policy == FreezePolicy::adjust) {
            seal_and_freeze(today.next(), policy);
        }
        EXPECT_EQ(outcome_of(store_rows(*store, "k3", {{"a", 0, 1, 7, 1}})), "refused");
    }
}

TEST_P(Adjusting, the_policy_that_stands_last_holds) {
    const std::vector<UtcDay> days = {day(0)};
    EXPECT_EQ(store->freeze_days("cdn", days, FreezePolicy::reject).value(), days);
    EXPECT_EQ(outcome_of(store_rows(*store, "k2", {{"a", 0, 1, 7, 1}})), "refused");
    EXPECT_EQ(store->freeze_days("cdn", days, FreezePolicy::adjust).value(), days);
    EXPECT_TRUE(receipt_of("k2", {{"a", 0, 1, 7, 1}}).adjusted.has_value());
}

TEST_P(Adjusting, a_void_undoes_rows_and_links_where_they_are_booked) {
    const BatchReceipt late = receipt_of("k2", {{"a", 0, 1, 7, 1}, {"a", 1, 1, 2, 1}});
    const auto voided = store->void_batch("cdn", late.batch_seq, "v2", because);
    ASSERT_TRUE(voided.has_value()) << voided.error().message;
    ASSERT_TRUE(voided->receipt.adjusted.has_value());
    EXPECT_EQ(words(voided->receipt.adjusted->totals), "-7 -1");
    EXPECT_EQ(voided->receipt.adjusted->booked, late.adjusted->booked);
    EXPECT_EQ(store->find_batch("fastly", "v2").value()->adjusted, voided->receipt.adjusted);
    EXPECT_EQ(usage_of(late.adjusted->booked.day()), (Lines{"a: 0 0"}));
    EXPECT_EQ(usage_of(day(0)), (Lines{"a: 5 1", "b: 6 1"}));
    EXPECT_EQ(links(), (Lines{"k2 a 2026-11-11T00:30Z: 7 1", "v2 a 2026-11-11T00:30Z: -7 -1"}));
    ASSERT_TRUE(store->void_batch("cdn", voided->receipt.batch_seq, "v3", because).has_value());
    EXPECT_EQ(links().back(), "v3 a 2026-11-11T00:30Z: 7 1") << "taken back by mistake";
}

TEST_P(Adjusting, nothing_is_taken_back_from_a_day_that_is_frozen) {
    EXPECT_EQ(outcome_of(store->void_batch("cdn", 1, "v1", because)), "refused");
    const BatchReceipt late = receipt_of("k2", {{"a", 0, 1, 7, 1}});
    folded(*store);
    seal_and_freeze(late.adjusted->booked.day(), FreezePolicy::adjust);
    const auto voided = store->void_batch("cdn", late.batch_seq, "v2", because);
    ASSERT_EQ(outcome_of(voided), "refused");
    EXPECT_NE(voided.error().message.find("is frozen"), std::string::npos);
}

TEST_P(Adjusting, a_late_batch_makes_a_sealed_day_of_arrival_dirty) {
    const BatchReceipt late = receipt_of("k2", {{"a", 0, 1, 7, 1}});
    folded(*store);
    const std::vector<UtcDay> days = {late.adjusted->booked.day()};
    EXPECT_EQ(words(store->seal_days("cdn", days)->front().new_totals), "7 1");
    const BatchReceipt later = receipt_of("k3", {{"a", 0, 2, 2, 1}});
    folded(*store);
    const auto restated = store->seal_days("cdn", days);
    if (later.adjusted->booked.day() == days.front()) {
        EXPECT_EQ(words(restated->front().new_totals), "9 2");
    }
}

TEST_P(Adjusting, a_replacement_and_mended_rows_are_booked_likewise) {
    const BatchReceipt late = receipt_of("k2", {{"a", 0, 1, 7, 1}});
    UsageRows right = rows_of({{"a", 0, 1, 8, 1}, {"b", 1, 1, 1, 1}});
    const auto replaced = store->replace_batch(late.batch_seq, batch_of("r2"), right, because);
    ASSERT_TRUE(replaced.has_value()) << replaced.error().message;
    EXPECT_EQ(words(replaced->voiding.receipt.adjusted->totals), "-7 -1");
    EXPECT_EQ(words(replaced->replacement.receipt.adjusted->totals), "8 1");
    UsageRows mended = rows_of({{"b", 0, 3, 4, 1}});
    const auto replayed = store->replay_batch(1, batch_of("m1"), mended, because);
    ASSERT_TRUE(replayed.has_value()) << replayed.error().message;
    EXPECT_EQ(words(replayed->receipt.adjusted->totals), "4 1");
    EXPECT_EQ(usage_of(replayed->receipt.adjusted->booked.day()).back(), "b: 4 1");
    const auto again = store->replace_batch(late.batch_seq, batch_of("r2"), right, because);
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_TRUE(again->replacement.already_stored);
    EXPECT_EQ(again->replacement.receipt.adjusted, replaced->replacement.receipt.adjusted);
}

TEST_P(Adjusting, a_day_that_is_purged_too_is_adjusted_and_links_outlive_the_purge) {
    ASSERT_TRUE(store->purge_day("cdn", day(0)).value());
    const BatchReceipt late = receipt_of("k2", {{"a", 0, 1, 7, 1}});
    ASSERT_TRUE(late.adjusted.has_value());
    folded(*store);
    ASSERT_TRUE(store->purge_day("cdn", late.adjusted->booked.day()).value());
    EXPECT_EQ(links(), (Lines{"k2 a 2026-11-11T00:30Z: 7 1"}));
    EXPECT_EQ(store->find_batch("fastly", "k2").value()->adjusted, late.adjusted);
    EXPECT_EQ(verified(*store), Lines{});
    ASSERT_TRUE(store->erase_subject("cdn", "a", forgotten).has_value());
    EXPECT_EQ(links(), (Lines{"k2 (erased) 2026-11-11T00:30Z: 7 1"}));
}

TEST_P(Adjusting, links_of_an_erased_subject_are_nobodys) {
    const BatchReceipt late =
        receipt_of("k2", {{"a", 0, 1, 7, 1}, {"b", 0, 1, 4, 1}, {"c", 0, 1, 2, 1}});
    ASSERT_TRUE(store->erase_subject("cdn", "a", forgotten).has_value());
    ASSERT_TRUE(store->erase_subject("cdn", "b", forgotten).has_value());
    EXPECT_EQ(
        links(),
        (Lines{"k2 (erased) 2026-11-11T00:30Z: 11 2, 2 rows", "k2 c 2026-11-11T00:30Z: 2 1"}));
    EXPECT_EQ(store->find_batch("fastly", "k2").value()->adjusted, late.adjusted)
        << "receipts stay as they were given";
    EXPECT_EQ(verified(*store), Lines{});
    const auto voided = store->void_batch("cdn", late.batch_seq, "v2", because);
    ASSERT_TRUE(voided.has_value()) << voided.error().message;
    EXPECT_EQ(voided->receipt.adjusted->row_count, 1);
    EXPECT_EQ(words(voided->receipt.adjusted->totals), "-2 -1");
    EXPECT_EQ(links().back(), "v2 c 2026-11-11T00:30Z: -2 -1");
    ASSERT_TRUE(store->erase_subject("cdn", "c", forgotten).has_value());
}

TEST_P(Adjusting, rows_of_whole_days_arrive_in_the_first_slot_of_the_day) {
    Batch batch = batch_of("history");
    batch.day_grained = true;
    UsageRows rows = rows_of({{"a", 0, 0, 7, 1}, {"a", 1, 0, 2, 1}});
    const auto history = store->store_batch(batch, rows);
    ASSERT_TRUE(history.has_value()) << history.error().message;
    EXPECT_EQ(history->receipt.adjusted->booked.index_in_day(), 0);
}

TEST_P(Adjusting, coverage_is_what_runs_declared) {
    const auto run = store->begin_run("aggregate", "cdn", "fastly");
    RunEnd end{.outcome = RunOutcome::succeeded, .covered = {}, .error = {}};
    end.covered.add(*SlotRange::parse("2026-11-11"));
    end.rows = receipt_of("k2", {{"a", 0, 1, 7, 1}}).row_count;
    ASSERT_TRUE(store->end_run(*run, end).has_value());
    const Coverage covered = store->coverage("cdn", "fastly").value();
    ASSERT_EQ(covered.ranges().size(), 1U);
    EXPECT_EQ(covered.ranges().front().to_string(), "2026-11-11T00:00Z/2026-11-12T00:00Z");
}

TEST_P(Adjusting, links_are_found_by_batch_day_and_subject) {
    const BatchReceipt late = receipt_of("k2", {{"a", 0, 1, 7, 1}, {"b", 0, 1, 4, 1}});
    const std::int64_t second = stored(*store, "k3", {{"b", 0, 2, 1, 1}});
    const Lines all = {"k2 a 2026-11-11T00:30Z: 7 1",
                       "k2 b 2026-11-11T00:30Z: 4 1",
                       "k3 b 2026-11-11T01:00Z: 1 1"};
    EXPECT_EQ(links(), all);
    EXPECT_EQ(links({.dataset = "cdn", .batch_seq = second}), (Lines{all[2]}));
    EXPECT_EQ(links({.dataset = "cdn", .subject = "b"}), (Lines{all[1], all[2]}));
    EXPECT_EQ(links({.dataset = "cdn", .day = day(0)}), all);
    EXPECT_EQ(
        links({.dataset = "cdn", .batch_seq = late.batch_seq, .day = late.adjusted->booked.day()}),
        (Lines{all[0], all[1]}));
    EXPECT_EQ(links({.dataset = "cdn", .day = day(1)}), Lines{});
    EXPECT_EQ(links({.dataset = "cdn", .limit = 1}), (Lines{all[0]}));
    EXPECT_EQ(links({.dataset = "cdn", .limit = 0}), Lines{});
    EXPECT_EQ(outcome_of(store->adjustments({.dataset = "nothing"})), "not_found");
}

}  // namespace
}  // namespace tidemark::test
