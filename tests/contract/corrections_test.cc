// What every store promises about taking back, replacing and mending what was stored.

#include <limits>
#include <thread>

#include <gmock/gmock.h>

#include "contract/store_steps.h"

namespace tidemark::test {
namespace {

using testing::HasSubstr;

constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();

class CorrectionContract : public StoreTest {
 protected:
    Result<StoredReplacement> replace(std::int64_t batch_seq,
                                      std::string_view key,
                                      const std::vector<CdnRow>& rows,
                                      std::string_view content = "mended") {
        UsageRows source = rows_of(rows);
        return store->replace_batch(batch_seq, batch_of(key, content), source, because);
    }

    Result<StoredBatch> replay(std::int64_t batch_seq,
                               std::string_view key,
                               const std::vector<CdnRow>& rows) {
        UsageRows source = rows_of(rows);
        return store->replay_batch(batch_seq, batch_of(key), source, because);
    }

    // "voided 1: voiding 2, new -, by a test: it was wrong", of every correction.
    Lines corrections() {
        const auto found = store->corrections("cdn", 0, all);
        Lines lines;
        for (const Correction& correction : *found) {
            const auto number = [](const std::optional<std::int64_t>& seq) {
                return seq.has_value() ? std::to_string(*seq) : std::string("-");
            };
            lines.push_back(std::string(to_string(correction.kind)) + " " +
                            std::to_string(correction.batch_seq) + ": voiding " +
                            number(correction.voiding_seq) + ", new " + number(correction.new_seq) +
                            ", by " + correction.note.by + ": " + correction.note.reason);
        }
        return lines;
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         CorrectionContract,
                         testing::ValuesIn(store_factories()),
                         store_name);

TEST_P(CorrectionContract, a_void_records_who_and_why) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    ASSERT_EQ(outcome_of(store->void_batch(
                  "cdn", 1, "v", {.reason = "counted twice: \"é\"", .by = "ops@example.org"})),
              "ok");
    const auto found = store->corrections("cdn", 1, 2);
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().dataset, "cdn");
    EXPECT_EQ(found->front().batch_seq, 1);
    EXPECT_EQ(found->front().kind, CorrectionKind::voided);
    EXPECT_EQ(found->front().voiding_seq, 2);
    EXPECT_EQ(found->front().new_seq, std::nullopt);
    EXPECT_EQ(found->front().note.reason, "counted twice: \"é\"");
    EXPECT_EQ(found->front().note.by, "ops@example.org");
    EXPECT_GT(found->front().recorded_at.time_since_epoch().count(), 0);
    EXPECT_TRUE(store->corrections("cdn", 2, all)->empty());
}

TEST_P(CorrectionContract, a_void_that_is_made_again_keeps_the_first_note) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    ASSERT_EQ(outcome_of(store->void_batch("cdn", 1, "v", because)), "ok");
    EXPECT_TRUE(
        store->void_batch("cdn", 1, "v", {.reason = "another", .by = "me"})->already_stored);
    EXPECT_EQ(corrections(), (Lines{"voided 1: voiding 2, new -, by a test: it was wrong"}));
}

TEST_P(CorrectionContract, a_note_says_something) {
    stored(*store, "k", {{"a", 0, 0, 5, 1}});
    const CorrectionNote wrong[] = {{"", "me"},
                                    {"why", ""},
                                    {" \n", "me"},
                                    {"why\xff", "me"},
                                    {std::string("why\0", 4), "me"},
                                    {std::string(1001, 'x'), "me"}};
    for (const CorrectionNote& note : wrong) {
        EXPECT_EQ(outcome_of(store->void_batch("cdn", 1, "v", note)), "invalid_input");
        UsageRows rows = rows_of({});
        EXPECT_EQ(outcome_of(store->replace_batch(1, batch_of("r"), rows, note)), "invalid_input");
        EXPECT_EQ(outcome_of(store->replay_batch(1, batch_of("r"), rows, note)), "invalid_input");
    }
    EXPECT_EQ(store->batches("cdn", 0, 9)->size(), 1U);
}

TEST_P(CorrectionContract, a_replacement_takes_back_and_brings_in_one_step) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}, {"b", 1, 2, 3, 1}});
    folded(*store);
    const Result<StoredReplacement> replaced =
        replace(1, "right", {{"a", 0, 0, 7, 2}, {"c", 2, 0, 1, 1}});
    ASSERT_TRUE(replaced.has_value()) << replaced.error().message;
    const BatchReceipt& voiding = replaced->voiding.receipt;
    const BatchReceipt& brought = replaced->replacement.receipt;
    EXPECT_FALSE(replaced->voiding.already_stored);
    EXPECT_FALSE(replaced->replacement.already_stored);
    EXPECT_EQ(voiding.voids, 1);
    EXPECT_EQ(voiding.totals, (std::vector{Total(-8), Total(-2)}));
    EXPECT_EQ(brought.voids, std::nullopt);
    EXPECT_EQ(brought.totals, (std::vector{Total(8), Total(3)}));
    EXPECT_LT(voiding.batch_seq, brought.batch_seq);
    const Lines expected = {
        "2026-11-11T00:00Z a: 7 2", "2026-11-12T00:00Z b: 0 0", "2026-11-13T00:00Z c: 1 1"};
    EXPECT_EQ(daily_usage(*store), expected);
    folded(*store);
    EXPECT_EQ(daily_usage(*store), expected);
    EXPECT_EQ(corrections(), (Lines{"replaced 1: voiding 2, new 3, by a test: it was wrong"}));
}

TEST_P(CorrectionContract, a_replacement_made_again_gives_the_same_receipts) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    const Result<StoredReplacement> first = replace(1, "right", {{"a", 0, 0, 7, 2}});
    ASSERT_TRUE(first.has_value()) << first.error().message;
    folded(*store);
    store = database->open();
    const Result<StoredReplacement> again = replace(1, "right", {{"a", 0, 0, 7, 2}});
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_TRUE(again->voiding.already_stored);
    EXPECT_TRUE(again->replacement.already_stored);
    EXPECT_EQ(again->voiding.receipt.batch_seq, first->voiding.receipt.batch_seq);
    EXPECT_EQ(again->voiding.receipt.committed_at, first->voiding.receipt.committed_at);
    EXPECT_EQ(again->replacement.receipt.batch_seq, first->replacement.receipt.batch_seq);
    EXPECT_EQ(again->replacement.receipt.totals, first->replacement.receipt.totals);
    EXPECT_EQ(again->replacement.receipt.committed_at, first->replacement.receipt.committed_at);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 7 2"}));
    EXPECT_EQ(corrections().size(), 1U);
}

TEST_P(CorrectionContract, a_replacement_that_cannot_be_made_changes_nothing) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    stored(*store, "other", {{"a", 0, 0, 2, 1}});
    stored(*store, "taken_back", {{"a", 0, 0, 4, 1}});
    ASSERT_EQ(outcome_of(store->void_batch("cdn", 3, "v", because)), "ok");
    const auto refused = [&](const Result<StoredReplacement>& result, std::string_view kind) {
        EXPECT_EQ(outcome_of(result), kind);
        EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 7 2"}));
        EXPECT_EQ(store->batches("cdn", 0, 9)->size(), 4U);
        EXPECT_EQ(corrections().size(), 1U);
    };
    refused(replace(9, "right", {{"a", 0, 0, 7, 2}}), "not_found");
    refused(replace(3, "right", {{"a", 0, 0, 7, 2}}), "refused");             // voided before
    refused(replace(1, "other", {{"a", 0, 0, 7, 2}}), "refused");             // other content
    refused(replace(1, "other", {{"a", 0, 0, 2, 1}}, "content"), "refused");  // not for this one
    refused(replace(1, "right", {{"a", 0, 0, 7, -2}}), "invalid_input");      // negative
    UsageRows::Builder builder(3);
    UsageRows three_metrics = std::move(builder).finish().value();
    EXPECT_EQ(outcome_of(store->replace_batch(1, batch_of("right"), three_metrics, because)),
              "invalid_input");
    folded(*store);
    ASSERT_EQ(outcome_of(store->purge_day("cdn", day(3))), "ok");
    refused(replace(1, "right", {{"a", 3, 0, 7, 2}}), "refused");  // onto a purged day
    ASSERT_EQ(outcome_of(replace(1, "right", {{"a", 0, 0, 7, 2}})), "ok");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 9 3"}));
}

TEST_P(CorrectionContract, a_batch_is_replaced_once_and_its_replacement_may_be_replaced) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    ASSERT_EQ(outcome_of(replace(1, "right", {{"a", 0, 0, 7, 2}})), "ok");
    EXPECT_EQ(outcome_of(replace(1, "right", {{"a", 0, 0, 8, 2}}, "other")), "refused");
    EXPECT_EQ(outcome_of(replace(1, "righter", {{"a", 0, 0, 8, 2}})), "refused");
    EXPECT_EQ(outcome_of(store->void_batch("cdn", 1, "v", because)), "refused");
    EXPECT_EQ(outcome_of(replace(3, "righter", {{"a", 0, 0, 8, 2}})), "ok");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 8 2"}));
    EXPECT_EQ(corrections(),
              (Lines{"replaced 1: voiding 2, new 3, by a test: it was wrong",
                     "replaced 3: voiding 4, new 5, by a test: it was wrong"}));
}

TEST_P(CorrectionContract, a_replacement_may_be_without_rows) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    ASSERT_EQ(outcome_of(replace(1, "nothing", {})), "ok");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 0 0"}));
}

TEST_P(CorrectionContract, of_many_who_replace_at_once_one_does) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    constexpr int count = 6;
    std::vector<std::string> outcomes(count);
    {
        std::vector<std::jthread> threads;
        for (int number = 0; number < count; ++number) {
            threads.emplace_back([this, number, &outcomes] {
                const std::unique_ptr<Store> own = database->open();
                UsageRows rows = rows_of({{"a", 0, 0, 7, 2}});
                // Pairs of them mean the same; half of them would only take the batch back.
                const std::string key = "right " + std::to_string(number / 2);
                outcomes[static_cast<std::size_t>(number)] =
                    number % 2 == 0
                        ? outcome_of(own->replace_batch(1, batch_of(key, "mended"), rows, because))
                        : outcome_of(own->void_batch("cdn", 1, key, because));
            });
        }
    }
    EXPECT_EQ(std::ranges::count(outcomes, "ok"), 1) << testing::PrintToString(outcomes);
    EXPECT_EQ(std::ranges::count(outcomes, "refused"), count - 1);
    const Lines usage = daily_usage(*store);
    const bool replaced = store->batches("cdn", 0, 9)->size() == 3;
    EXPECT_EQ(usage, (Lines{replaced ? "2026-11-11T00:00Z a: 7 2" : "2026-11-11T00:00Z a: 0 0"}));
    EXPECT_EQ(corrections().size(), 1U);
}

TEST_P(CorrectionContract, the_same_replacement_by_many_at_once_counts_once) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    constexpr int count = 4;
    std::vector<std::int64_t> seqs(count);
    {
        std::vector<std::jthread> threads;
        for (std::int64_t& seq : seqs) {
            threads.emplace_back([this, &seq] {
                const std::unique_ptr<Store> own = database->open();
                UsageRows rows = rows_of({{"a", 0, 0, 7, 2}});
                const auto replaced =
                    own->replace_batch(1, batch_of("right", "mended"), rows, because);
                seq = replaced.has_value() ? replaced->replacement.receipt.batch_seq : -1;
            });
        }
    }
    for (const std::int64_t seq : seqs) {
        EXPECT_GT(seq, 1);
        EXPECT_EQ(seq, seqs.front());
    }
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 7 2"}));
}

TEST_P(CorrectionContract, rejected_rows_are_sent_again_as_a_batch_that_says_of_which) {
    stored(*store, "with_rejected", {{"a", 0, 0, 5, 1}});
    const Result<StoredBatch> first = replay(1, "mended", {{"b", 0, 0, 2, 1}});
    ASSERT_TRUE(first.has_value()) << first.error().message;
    EXPECT_FALSE(first->already_stored);
    const Result<StoredBatch> again = replay(1, "mended", {{"b", 0, 0, 2, 1}});
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_TRUE(again->already_stored);
    EXPECT_EQ(again->receipt.batch_seq, 2);
    ASSERT_EQ(outcome_of(replay(1, "mended too", {{"c", 0, 0, 1, 1}})), "ok");
    EXPECT_EQ(corrections(),
              (Lines{"replayed 1: voiding -, new 2, by a test: it was wrong",
                     "replayed 1: voiding -, new 3, by a test: it was wrong"}));
    stored(*store, "plain", {});
    EXPECT_EQ(outcome_of(replay(1, "plain", {})), "refused");
    EXPECT_EQ(outcome_of(replay(2, "mended", {{"b", 0, 0, 2, 1}})), "refused");
    EXPECT_EQ(outcome_of(replay(9, "new", {{"b", 0, 0, 2, 1}})), "not_found");
    EXPECT_EQ(
        daily_usage(*store),
        (Lines{
            "2026-11-11T00:00Z a: 5 1", "2026-11-11T00:00Z b: 2 1", "2026-11-11T00:00Z c: 1 1"}));
}

TEST_P(CorrectionContract, unknown_datasets_have_no_corrections) {
    EXPECT_EQ(outcome_of(store->corrections("never", 0, all)), "not_found");
    Batch batch = batch_of("k");
    batch.identity.dataset = "never";
    UsageRows rows = rows_of({});
    EXPECT_EQ(outcome_of(store->replace_batch(1, batch, rows, because)), "not_found");
    EXPECT_EQ(outcome_of(store->replay_batch(1, batch, rows, because)), "not_found");
}

TEST_P(CorrectionContract, sums_beyond_64_bits_are_taken_back_all_the_same) {
    stored(*store, "one", {{"a", 0, 0, all, 1}});
    stored(*store, "two", {{"a", 0, 0, all, 1}});
    ASSERT_EQ(outcome_of(store->fold("cdn", {})), "refused");
    ASSERT_EQ(outcome_of(store->void_batch("cdn", 2, "v", because)), "ok");
    folded(*store);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 9223372036854775807 1"}));
}

}  // namespace
}  // namespace tidemark::test
