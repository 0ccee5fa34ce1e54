// Races of folding, reading and purging on PostgreSQL, forced step by step.

#include <limits>

#include "contract/postgres_steps.h"
#include "store/postgres/folding.h"
#include "store/postgres/postgres_store.h"
#include "store/postgres/purging.h"
#include "store/postgres/staging.h"

namespace tidemark::test {
namespace {

using postgres::FoldCursor;
using postgres::FoldPlan;
using postgres::Session;

class PostgresFoldingRace : public PostgresRace {
 protected:
    // BEGIN, the cursor's lock and the horizon.
    static FoldPlan planned(Session& folder, const FoldScope& scope = {}) {
        execute(folder, "BEGIN ISOLATION LEVEL READ COMMITTED");
        const FoldCursor cursor = *postgres::lock_cursor(connection_of(folder), "cdn");
        const std::int64_t horizon = *postgres::find_horizon(connection_of(folder), "cdn");
        return *postgres::plan_fold(
            connection_of(folder), tables_of(folder), scope, cursor, horizon);
    }

    // All that comes after the horizon, except COMMIT.
    static void applied(Session& folder, const FoldPlan& plan, const FoldScope& scope = {}) {
        ASSERT_EQ(outcome_of(postgres::create_stage(connection_of(folder), tables_of(folder))),
                  "ok");
        const Result<std::int64_t> staged =
            postgres::stage(connection_of(folder), tables_of(folder), scope, plan);
        ASSERT_TRUE(staged.has_value()) << staged.error().message;
        const auto merged =
            postgres::merge(connection_of(folder), tables_of(folder), scope, plan, *staged);
        ASSERT_TRUE(merged.has_value()) << merged.error().message;
        const auto moved =
            postgres::move_cursor(connection_of(folder), "cdn", scope, plan, *staged);
        ASSERT_TRUE(moved.has_value()) << moved.error().message;
    }
};

TEST_F(PostgresFoldingRace, a_batch_committed_after_the_horizon_waits_for_the_next_fold) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    Session& folder = new_session();
    const FoldPlan plan = planned(folder);
    stored(*store, "two", {{"a", 0, 0, 10, 1}});
    applied(folder, plan);
    EXPECT_EQ(bytes_read(), "11");  // before the fold's commit
    execute(folder, "COMMIT");
    EXPECT_EQ(database.run("SELECT bytes_streamed FROM cdn_daily"), "1");
    EXPECT_EQ(bytes_read(), "11");
    EXPECT_EQ(folded(*store).batch_count, 1);
    EXPECT_EQ(bytes_read(), "11");
}

TEST_F(PostgresFoldingRace, two_folders_with_different_horizons_go_one_after_the_other) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    Session& first = new_session();
    const FoldPlan plan = planned(first);
    stored(*store, "two", {{"a", 0, 0, 10, 1}});
    auto second = std::async(std::launch::async, [this] { return folded(*store); });
    wait_until_somebody_waits();
    applied(first, plan);
    execute(first, "COMMIT");
    const FoldOutcome outcome = second.get();
    EXPECT_EQ(outcome.folded_from, 1);  // seen after the lock, not before it
    EXPECT_EQ(outcome.folded_through, 2);
    EXPECT_EQ(bytes_read(), "11");
    EXPECT_EQ(database.run("SELECT bytes_streamed FROM cdn_daily"), "11");
}

TEST_F(PostgresFoldingRace, a_fold_past_the_lock_is_noticed_and_undone) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    Session& folder = new_session();
    const FoldPlan plan = planned(folder);
    ASSERT_EQ(outcome_of(postgres::create_stage(connection_of(folder), tables_of(folder))), "ok");
    const auto staged =
        postgres::stage(connection_of(folder), tables_of(folder), FoldScope{}, plan);
    ASSERT_TRUE(staged.has_value());
    // Somebody who does not take the cursor's lock.
    (void)database.run(
        "INSERT INTO cdn_daily (date, site_id, bytes_streamed, requests,"
        " folded_through) SELECT date, site_id, bytes_streamed, requests, batch_seq"
        " FROM cdn_batch");
    const auto merged =
        postgres::merge(connection_of(folder), tables_of(folder), FoldScope{}, plan, *staged);
    EXPECT_EQ(outcome_of(merged), "corrupt");
}

TEST_F(PostgresFoldingRace, rows_that_do_not_add_up_to_the_registry_are_not_folded) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    (void)database.run("UPDATE cdn_batch SET bytes_streamed = 2");
    EXPECT_EQ(outcome_of(store->fold("cdn", {})), "corrupt");
    EXPECT_EQ(store->dataset_state("cdn")->folded_through, 0);
    EXPECT_EQ(database.run("SELECT count(*) FROM cdn_daily"), "0");
}

TEST_F(PostgresFoldingRace, a_folder_killed_between_parts_leaves_usage_exact) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}, {"b", 0, 0, 2, 1}, {"a", 1, 0, 4, 1}});
    folded(*store, {.days = {day(1)}});
    Session& killed = new_session();
    const FoldScope part{.days = {day(0)}, .subject_to = "b"};
    applied(killed, planned(killed, part), part);
    terminate(killed);
    EXPECT_EQ(bytes_read(), "7");
    EXPECT_EQ(folded(*store, part).daily_row_count, 1);
    EXPECT_EQ(bytes_read(), "7");
    stored(*store, "late", {{"a", 0, 0, 8, 1}, {"b", 1, 0, 16, 1}});
    EXPECT_EQ(bytes_read(), "31");
    folded(*store);
    EXPECT_EQ(bytes_read(), "31");
    EXPECT_FALSE(store->dataset_state("cdn")->partial);
}

// All parts of a fold that pauses are one transaction: a reader sees none of it or all.
TEST_F(PostgresFoldingRace, a_fold_that_pauses_is_seen_whole_or_not_at_all) {
    const char* const subjects[] = {"a", "b", "c", "d", "e"};
    for (const char* key : {"one", "two"}) {
        std::vector<CdnRow> rows;
        for (const char* subject : subjects) {
            rows.push_back({subject, 0, 0, 1, 1});
            rows.push_back({subject, 1, 0, 10, 1});
        }
        stored(*store, key, rows);
    }
    auto folding = std::async(std::launch::async, [this] {
        return folded(*store, {.pace = {.share = 0.05, .rows_at_once = 1}});
    });
    do {
        EXPECT_EQ(bytes_read(), "110");
        const std::string daily_count = database.run("SELECT count(*) FROM cdn_daily");
        EXPECT_TRUE(daily_count == "0" || daily_count == "10") << daily_count;
    } while (folding.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready);
    EXPECT_EQ(folding.get().daily_row_count, 10);
    EXPECT_EQ(database.run("SELECT count(*) FROM cdn_daily"), "10");
    EXPECT_EQ(bytes_read(), "110");
}

TEST_F(PostgresFoldingRace, a_fold_that_pauses_undoes_all_of_it_when_the_totals_differ) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}, {"b", 0, 0, 2, 1}, {"c", 0, 0, 4, 1}});
    (void)database.run("UPDATE cdn_batch SET bytes_streamed = 5 WHERE site_id = 'c'");
    EXPECT_EQ(outcome_of(store->fold("cdn", {.pace = {.share = 0.5, .rows_at_once = 1}})),
              "corrupt");
    EXPECT_EQ(database.run("SELECT count(*) FROM cdn_daily"), "0");
}

// A session that has read once expects rows to be unfolded where it found some; whatever becomes of
// those days, its next answer is exact.
TEST_F(PostgresFoldingRace, a_read_is_exact_when_other_days_are_unfolded_than_expected) {
    const auto reader = open_postgres_store(database.url());
    ASSERT_TRUE(reader.has_value());
    const auto usage_of_a = [&reader](UsagePeriod period) {
        UsageQuery query = question(0, 30, period);
        query.subjects = {"a"};
        return ask(**reader, query);
    };
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    usage_of_a(UsagePeriod::total);  // finds day 0
    EXPECT_EQ(usage_of_a(UsagePeriod::total), Lines{"2026-11-11T00:00Z a: 1 1"});
    stored(*store, "two", {{"a", 1, 0, 10, 1}});  // a day more than expected
    EXPECT_EQ(usage_of_a(UsagePeriod::total), Lines{"2026-11-11T00:00Z a: 11 2"});
    EXPECT_EQ(usage_of_a(UsagePeriod::total), Lines{"2026-11-11T00:00Z a: 11 2"});
    folded(*store, {.days = {day(1)}});  // partial: day 1's batch rows count no more
    EXPECT_EQ(usage_of_a(UsagePeriod::total), Lines{"2026-11-11T00:00Z a: 11 2"});
    folded(*store);
    EXPECT_EQ(usage_of_a(UsagePeriod::total), Lines{"2026-11-11T00:00Z a: 11 2"});
    ASSERT_TRUE(store->purge_day("cdn", day(0)).has_value());  // an expected day without partition
    EXPECT_EQ(usage_of_a(UsagePeriod::day),
              (Lines{"2026-11-11T00:00Z a: 1 1", "2026-11-12T00:00Z a: 10 1"}));
    stored(*store, "three", {{"a", 1, 0, 100, 1}});
    EXPECT_EQ(usage_of_a(UsagePeriod::day),
              (Lines{"2026-11-11T00:00Z a: 1 1", "2026-11-12T00:00Z a: 110 2"}));
}

// A session that knows the days asked for to be folded reads the daily rows alone, and finds out in
// the same statement when that is not so any more.
TEST_F(PostgresFoldingRace, a_read_of_folded_days_is_exact_when_they_are_not_any_more) {
    const auto reader = open_postgres_store(database.url());
    ASSERT_TRUE(reader.has_value());
    const auto usage_of_a = [&reader](std::int32_t from, std::int32_t to) {
        UsageQuery query = question(from, to, UsagePeriod::day);
        query.subjects = {"a"};
        return ask(**reader, query);
    };
    EXPECT_EQ(usage_of_a(0, 1), Lines{});  // finds nothing unfolded
    EXPECT_EQ(usage_of_a(0, 1), Lines{});
    stored(*store, "one", {{"a", 0, 0, 1, 1}, {"b", 0, 0, 2, 1}, {"a", 5, 0, 4, 1}});
    EXPECT_EQ(usage_of_a(0, 1), Lines{"2026-11-11T00:00Z a: 1 1"});
    folded(*store, {.days = {day(0)}});  // day 5 stays as it is, and so does the cursor
    EXPECT_EQ(usage_of_a(0, 1), Lines{"2026-11-11T00:00Z a: 1 1"});
    folded(*store);
    EXPECT_EQ(usage_of_a(0, 1), Lines{"2026-11-11T00:00Z a: 1 1"});
    EXPECT_EQ(usage_of_a(0, 1), Lines{"2026-11-11T00:00Z a: 1 1"});
    EXPECT_EQ(usage_of_a(1, 5), Lines{});
    stored(*store, "two", {{"a", 9, 0, 10, 1}});  // a day that the range does not have
    EXPECT_EQ(usage_of_a(0, 1), Lines{"2026-11-11T00:00Z a: 1 1"});
    stored(*store, "three", {{"a", 0, 0, 100, 1}});
    EXPECT_EQ(usage_of_a(0, 6), (Lines{"2026-11-11T00:00Z a: 101 2", "2026-11-16T00:00Z a: 4 1"}));
    folded(*store);
    ASSERT_TRUE(store->purge_day("cdn", day(0)).has_value());
    EXPECT_EQ(usage_of_a(0, 6), (Lines{"2026-11-11T00:00Z a: 101 2", "2026-11-16T00:00Z a: 4 1"}));
}

TEST_F(PostgresFoldingRace, a_reader_that_waits_for_a_purge_sees_the_fold_before_it) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    Session& other = new_session();
    // Holds what a purge holds, so the reader stands at its very first statement.
    execute(other, "BEGIN; LOCK TABLE ONLY cdn_batch IN ACCESS EXCLUSIVE MODE");
    auto reader = std::async(std::launch::async, [this] { return bytes_read(); });
    wait_until_somebody_waits();
    const FoldCursor cursor = *postgres::lock_cursor(connection_of(other), "cdn");
    const auto plan = postgres::plan_fold(connection_of(other), tables_of(other), {}, cursor, 1);
    ASSERT_TRUE(plan.has_value());
    applied(other, *plan);
    execute(other, "DROP TABLE cdn_batch_20261111; COMMIT");
    EXPECT_EQ(reader.get(), "1");
}

TEST_F(PostgresFoldingRace, a_purge_waits_for_readers_and_gives_up_in_time) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    folded(*store);
    Session& reader = new_session();
    execute(reader,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
            "LOCK TABLE ONLY cdn_batch IN ACCESS SHARE MODE");
    postgres::Options impatient;
    impatient.purge_wait = std::chrono::milliseconds(50);
    Session& purger = new_session(impatient);
    EXPECT_EQ(outcome_of(postgres::purge_day(purger, tables_of(purger), day(0))), "unavailable");
    execute(reader, "COMMIT");
    EXPECT_EQ(outcome_of(postgres::purge_day(purger, tables_of(purger), day(0))), "ok");
    EXPECT_EQ(bytes_read(), "1");
}

TEST_F(PostgresFoldingRace, a_purge_that_waits_for_one_reader_holds_no_other_up) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    folded(*store);
    Session& reader = new_session();
    execute(reader,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
            "LOCK TABLE ONLY cdn_batch IN ACCESS SHARE MODE");
    postgres::Options patient;
    patient.purge_wait = std::chrono::seconds(60);
    Session& purger = new_session(patient);
    auto purge = std::async(std::launch::async, [&] {
        return outcome_of(postgres::purge_day(purger, tables_of(purger), day(0)));
    });
    wait_until_somebody_waits();
    // Were it held up, the purge would give up before the first reader ends.
    EXPECT_EQ(bytes_read(), "1");
    execute(reader, "COMMIT");
    EXPECT_EQ(purge.get(), "ok");
    EXPECT_EQ(bytes_read(), "1");
}

TEST_F(PostgresFoldingRace, a_batch_whose_owner_is_gone_holds_no_fold_back) {
    const std::vector<CdnRow> rows = {{"a", 0, 0, 1, 1}};
    Session& writer = new_session();
    (void)begun(writer, entry_of("lost", rows), std::chrono::hours(1));
    const std::int64_t later = stored(*store, "later", rows);
    EXPECT_EQ(folded(*store).folded_through, 0) << "its owner lives";
    terminate(writer);
    const FoldOutcome outcome = folded(*store);
    EXPECT_EQ(outcome.expired_count, 1);
    EXPECT_EQ(outcome.folded_through, later);
}

TEST_F(PostgresFoldingRace, sums_beyond_64_bits_are_read_and_not_folded) {
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    stored(*store, "one", {{"a", 0, 0, largest, 1}});
    stored(*store, "two", {{"a", 0, 0, largest, 1}});
    EXPECT_EQ(bytes_read(), "18446744073709551614");
    EXPECT_EQ(outcome_of(store->fold("cdn", {})), "refused");
    EXPECT_EQ(bytes_read(), "18446744073709551614");
}

}  // namespace
}  // namespace tidemark::test
