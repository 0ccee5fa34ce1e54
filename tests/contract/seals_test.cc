// What every store promises of sealed and frozen days.

#include <array>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "contract/store_steps.h"
#include "contract/words_of_totals.h"

namespace tidemark::test {
namespace {

// "2026-11-11 revision 2 [5 1] -> [12 2] through 3".
Lines describe(const Result<std::vector<SealEvent>>& events) {
    Lines lines;
    if (!events.has_value()) {
        return {events.error().message};
    }
    for (const SealEvent& event : *events) {
        lines.push_back(fmt::format("{} revision {} [{}] -> [{}] through {}",
                                    event.day.to_string(),
                                    event.revision,
                                    words(event.old_totals),
                                    words(event.new_totals),
                                    event.through));
    }
    return lines;
}

// "2026-11-11 revision 1 [5 1] through 1 dirty".
Lines sealed(Store& store) {
    Lines lines;
    const auto days = store.sealed_days("cdn");
    EXPECT_TRUE(days.has_value()) << days.error().message;
    for (const SealedDay& day : *days) {
        lines.push_back(
            fmt::format("{} revision {} [{}] through {}{}{}",
                        day.day.to_string(),
                        day.revision,
                        words(day.totals),
                        day.through,
                        day.dirty ? " dirty" : "",
                        day.frozen.has_value() ? " " + std::string(to_string(*day.frozen)) : ""));
    }
    return lines;
}

Lines seal(Store& store, const std::vector<UtcDay>& days) {
    return describe(store.seal_days("cdn", days));
}

Lines freeze(Store& store, const std::vector<UtcDay>& days, FreezePolicy policy) {
    Lines lines;
    const auto frozen = store.freeze_days("cdn", days, policy);
    EXPECT_TRUE(frozen.has_value()) << frozen.error().message;
    for (const UtcDay frozen_day : *frozen) {
        lines.push_back(frozen_day.to_string());
    }
    return lines;
}

class Seals : public StoreTest {};

TEST_P(Seals, a_folded_day_is_sealed_with_its_totals) {
    stored(*store, "k1", {{"a", 0, 1, 5, 1}, {"b", 0, 1, 7, 1}, {"a", 1, 1, 100, 1}});
    folded(*store);
    EXPECT_EQ(seal(*store, {day(0), day(2)}),
              (Lines{"2026-11-11 revision 1 [] -> [12 2] through 1",
                     "2026-11-13 revision 1 [] -> [0 0] through 1"}));
    EXPECT_EQ(
        sealed(*store),
        (Lines{"2026-11-11 revision 1 [12 2] through 1", "2026-11-13 revision 1 [0 0] through 1"}));
    EXPECT_EQ(seal(*store, {day(0), day(2)}), Lines{}) << "they are clean";
}

TEST_P(Seals, a_day_that_is_not_folded_is_passed_over) {
    stored(*store, "k1", {{"a", 0, 1, 5, 1}});
    EXPECT_EQ(seal(*store, {day(0)}), Lines{});
    folded(*store, {.days = {day(0)}});
    EXPECT_EQ(seal(*store, {day(0)}), Lines{}) << "the cursor has not passed it";
    folded(*store);
    EXPECT_EQ(seal(*store, {day(0)}).size(), 1U);
}

TEST_P(Seals, a_later_batch_makes_the_day_dirty_and_its_numbers_exact_at_once) {
    stored(*store, "k1", {{"a", 0, 1, 5, 1}, {"a", 1, 1, 50, 1}});
    folded(*store);
    seal(*store, {day(0), day(1)});
    stored(*store, "k2", {{"a", 0, 1, 7, 1}});
    EXPECT_EQ(sealed(*store),
              (Lines{"2026-11-11 revision 1 [5 1] through 1 dirty",
                     "2026-11-12 revision 1 [50 1] through 1"}));
    EXPECT_EQ(daily_usage(*store),
              (Lines{"2026-11-11T00:00Z a: 12 2", "2026-11-12T00:00Z a: 50 1"}));
    EXPECT_EQ(seal(*store, {day(0)}), Lines{}) << "not before the fold";
    folded(*store);
    EXPECT_EQ(seal(*store, {day(0), day(1)}),
              (Lines{"2026-11-11 revision 2 [5 1] -> [12 2] through 2"}));
    EXPECT_EQ(sealed(*store),
              (Lines{"2026-11-11 revision 2 [12 2] through 2",
                     "2026-11-12 revision 1 [50 1] through 1"}));
}

TEST_P(Seals, a_void_makes_the_day_dirty) {
    const std::int64_t batch_seq = stored(*store, "k1", {{"a", 0, 1, 5, 1}});
    folded(*store);
    seal(*store, {day(0)});
    ASSERT_TRUE(store->void_batch("cdn", batch_seq, "v1", because).has_value());
    EXPECT_EQ(sealed(*store), (Lines{"2026-11-11 revision 1 [5 1] through 1 dirty"}));
    folded(*store);
    EXPECT_EQ(seal(*store, {day(0)}), (Lines{"2026-11-11 revision 2 [5 1] -> [0 0] through 2"}));
}

TEST_P(Seals, the_history_names_every_revision_in_order) {
    stored(*store, "k1", {{"a", 0, 1, 5, 1}});
    folded(*store);
    seal(*store, {day(0)});
    stored(*store, "k2", {{"a", 0, 1, 7, 1}});
    folded(*store);
    seal(*store, {day(0), day(1)});
    const Lines all = {"2026-11-11 revision 1 [] -> [5 1] through 1",
                       "2026-11-11 revision 2 [5 1] -> [12 2] through 2",
                       "2026-11-12 revision 1 [] -> [0 0] through 2"};
    EXPECT_EQ(describe(store->seal_events("cdn", 0, 10)), all);
    const auto first = store->seal_events("cdn", 0, 1);
    ASSERT_EQ(first->size(), 1U);
    EXPECT_EQ(describe(store->seal_events("cdn", first->front().id, 10)), (Lines{all[1], all[2]}));
    EXPECT_EQ(describe(store->seal_events("cdn", 0, 0)), Lines{});
}

TEST_P(Seals, totals_beyond_64_bits_are_sealed) {
    constexpr std::int64_t large = 9'000'000'000'000'000'000;
    stored(*store, "k1", {{"a", 0, 1, large, 1}, {"b", 0, 1, large, 1}});
    folded(*store);
    EXPECT_EQ(seal(*store, {day(0)}),
              (Lines{"2026-11-11 revision 1 [] -> [18000000000000000000 2] through 1"}));
    EXPECT_EQ(sealed(*store), (Lines{"2026-11-11 revision 1 [18000000000000000000 2] through 1"}));
}

TEST_P(Seals, rows_of_a_frozen_day_are_refused_whole) {
    stored(*store, "k1", {{"a", 0, 1, 5, 1}});
    folded(*store);
    seal(*store, {day(0)});
    EXPECT_EQ(freeze(*store, {day(0)}, FreezePolicy::reject), (Lines{"2026-11-11"}));
    EXPECT_EQ(sealed(*store), (Lines{"2026-11-11 revision 1 [5 1] through 1 reject"}));
    const auto late = store_rows(*store, "k2", {{"a", 0, 1, 7, 1}, {"a", 1, 1, 7, 1}});
    ASSERT_EQ(outcome_of(late), "refused");
    EXPECT_NE(late.error().message.find("2026-11-11 is frozen"), std::string::npos);
    EXPECT_EQ(outcome_of(store->void_batch("cdn", 1, "v1", because)), "refused");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 5 1"}));
    EXPECT_TRUE(store_rows(*store, "k1", {{"a", 0, 1, 5, 1}})->already_stored);
    stored(*store, "k2", {{"a", 1, 1, 7, 1}});
}

TEST_P(Seals, only_sealed_and_clean_days_are_frozen) {
    stored(*store, "k1", {{"a", 0, 1, 5, 1}, {"a", 1, 1, 5, 1}, {"a", 2, 1, 5, 1}});
    folded(*store);
    seal(*store, {day(0), day(1)});
    stored(*store, "k2", {{"a", 1, 1, 7, 1}});
    const std::vector<UtcDay> days = {day(0), day(1), day(2), day(3)};
    EXPECT_EQ(freeze(*store, days, FreezePolicy::reject), (Lines{"2026-11-11"}));
    EXPECT_EQ(freeze(*store, days, FreezePolicy::reject), Lines{});
    EXPECT_EQ(freeze(*store, {day(0)}, FreezePolicy::adjust), (Lines{"2026-11-11"}));
}

TEST_P(Seals, coverage_is_known_by_feed) {
    const auto run = [&](const std::string& feed, const std::string& covered, RunOutcome outcome) {
        const auto id = store->begin_run("aggregate", "cdn", feed);
        RunEnd end{.outcome = outcome, .covered = {}, .error = {}};
        end.covered.add(*SlotRange::parse(covered));
        ASSERT_TRUE(store->end_run(*id, end).has_value());
    };
    run("fastly", "2026-11-11", RunOutcome::succeeded);
    run("fastly", "2026-11-12", RunOutcome::succeeded);
    run("edgecast", "2026-11-11T10:00Z/2026-11-11T12:00Z", RunOutcome::succeeded);
    run("other", "2026-11-11", RunOutcome::failed);
    const auto feeds = store->coverage_by_feed("cdn");
    ASSERT_TRUE(feeds.has_value()) << feeds.error().message;
    Lines lines;
    for (const auto& [feed, covered] : *feeds) {
        for (const SlotRange& range : covered.ranges()) {
            lines.push_back(feed + " " + range.to_string());
        }
    }
    EXPECT_EQ(lines,
              (Lines{"edgecast 2026-11-11T10:00Z/2026-11-11T12:00Z",
                     "fastly 2026-11-11T00:00Z/2026-11-13T00:00Z"}));
}

TEST_P(Seals, days_can_be_purged_once_they_are_old_and_quiet) {
    stored(*store, "k1", {{"a", 0, 1, 5, 1}, {"a", 1, 1, 5, 1}, {"a", 2, 1, 5, 1}});
    folded(*store);
    const Timestamp committed_at = store->batches("cdn", 0, 1)->front().committed_at;
    const Timestamp later = committed_at + std::chrono::microseconds(1);
    const auto purgeable = [&](int before, Timestamp quiet_since) {
        return *store->purgeable_days("cdn", day(before), quiet_since);
    };
    EXPECT_EQ(purgeable(2, later), (std::vector<UtcDay>{day(0), day(1)}));
    EXPECT_EQ(purgeable(2, committed_at), std::vector<UtcDay>{}) << "a batch came since";
    ASSERT_TRUE(store->purge_day("cdn", day(0)).has_value());
    EXPECT_EQ(purgeable(3, later), (std::vector<UtcDay>{day(1), day(2)}));
    EXPECT_EQ(purgeable(0, later), std::vector<UtcDay>{});
}

TEST_P(Seals, an_unknown_dataset_is_not_found) {
    EXPECT_EQ(outcome_of(store->sealed_days("nothing")), "not_found");
    EXPECT_EQ(outcome_of(store->seal_days("nothing", {})), "not_found");
    EXPECT_EQ(outcome_of(store->seal_events("nothing", 0, 1)), "not_found");
    EXPECT_EQ(outcome_of(store->freeze_days("nothing", {}, FreezePolicy::reject)), "not_found");
    EXPECT_EQ(outcome_of(store->purgeable_days("nothing", day(0), {})), "not_found");
    EXPECT_EQ(outcome_of(store->coverage_by_feed("nothing")), "not_found");
}

INSTANTIATE_TEST_SUITE_P(Stores, Seals, testing::ValuesIn(store_factories()), store_name);

}  // namespace
}  // namespace tidemark::test
