// Corrections on PostgreSQL that are cut off in the middle, or meet daily rows that are wrong.

#include <gmock/gmock.h>

#include "contract/postgres_steps.h"
#include "store/postgres/postgres_store.h"

namespace tidemark::test {
namespace {

using testing::HasSubstr;

class PostgresCorrections : public PostgresRace {
 protected:
    [[nodiscard]] std::string run(const std::string& sql) const { return database.run(sql); }

    // What the session of the store does when it writes a row of `table` while this stands.
    void when_writing(const std::string& table, const std::string& statement) const {
        std::ignore = run(
            "CREATE FUNCTION intrude() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + statement +
            "; RETURN NEW; END $$;"
            "CREATE TRIGGER intrude BEFORE INSERT ON " +
            table + " FOR EACH ROW EXECUTE FUNCTION intrude()");
    }
    void no_more_when_writing(const std::string& table) const {
        std::ignore = run("DROP TRIGGER intrude ON " + table + "; DROP FUNCTION intrude()");
    }

    Result<StoredReplacement> replace() {
        UsageRows rows = rows_of({{"a", 0, 0, 7, 2}});
        return store->replace_batch(1, batch_of("right", "mended"), rows, because);
    }
};

TEST_F(PostgresCorrections, a_replacement_that_is_cut_off_leaves_nothing_and_can_be_made_again) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    when_writing("correction", "PERFORM pg_terminate_backend(pg_backend_pid())");
    EXPECT_EQ(outcome_of(replace()), "unavailable");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 5 1"}));
    EXPECT_EQ(run("SELECT count(*) FROM cdn_batch"), "1");
    EXPECT_EQ(folded(*store).batch_count, 1);
    no_more_when_writing("correction");
    const Result<StoredReplacement> replaced = replace();
    ASSERT_TRUE(replaced.has_value()) << replaced.error().message;
    EXPECT_FALSE(replaced->replacement.already_stored);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 7 2"}));
    EXPECT_EQ(folded(*store).batch_count, 2);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 7 2"}));
    EXPECT_EQ(run("SELECT count(*) FROM batch_registry WHERE state = 'running'"), "0");
}

TEST_F(PostgresCorrections, a_replacement_that_fails_gives_its_keys_free) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    when_writing("correction", "RAISE EXCEPTION 'no'");
    EXPECT_NE(outcome_of(replace()), "ok");
    EXPECT_EQ(run("SELECT string_agg(state, ' ' ORDER BY batch_seq) FROM batch_registry"),
              "committed expired expired");
    no_more_when_writing("correction");
    EXPECT_EQ(outcome_of(replace()), "ok");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 7 2"}));
}

TEST_F(PostgresCorrections, a_fold_does_not_pass_a_replacement_that_is_being_written) {
    stored(*store, "wrong", {{"a", 0, 0, 5, 1}});
    const auto other = open_postgres_store(database.url()).value();
    when_writing("correction", "PERFORM pg_advisory_xact_lock(7)");
    postgres::Connection& holder = connection_of(new_session());
    ASSERT_EQ(outcome_of(holder.query("SELECT pg_advisory_lock(7)")), "ok");
    std::future<std::string> replacing =
        std::async(std::launch::async, [this] { return outcome_of(replace()); });
    wait_until_somebody_waits();
    stored(*other, "later", {{"a", 0, 0, 1, 1}});
    EXPECT_EQ(folded(*other).folded_through, 1);
    EXPECT_EQ(daily_usage(*other), (Lines{"2026-11-11T00:00Z a: 6 2"}));
    ASSERT_EQ(outcome_of(holder.query("SELECT pg_advisory_unlock(7)")), "ok");
    EXPECT_EQ(replacing.get(), "ok");
    EXPECT_EQ(daily_usage(*other), (Lines{"2026-11-11T00:00Z a: 8 3"}));
    EXPECT_EQ(folded(*other).batch_count, 3);
    EXPECT_EQ(daily_usage(*other), (Lines{"2026-11-11T00:00Z a: 8 3"}));
}

TEST_F(PostgresCorrections, a_void_below_zero_is_refused_and_named) {
    stored(*store, "kept", {{"a", 0, 0, 5, 1}, {"b", 1, 0, 5, 1}});
    stored(*store, "wrong", {{"a", 0, 0, 2, 1}, {"b", 1, 0, 5, 1}});
    folded(*store);
    std::ignore = run("UPDATE cdn_daily SET requests = 0 WHERE site_id = 'b'");
    const Lines before = daily_usage(*store);
    const Result<StoredBatch> voided = store->void_batch("cdn", 2, "v", because);
    ASSERT_EQ(outcome_of(voided), "refused");
    EXPECT_THAT(voided.error().message, HasSubstr("'b' on 2026-11-12"));
    UsageRows rows = rows_of({});
    EXPECT_EQ(outcome_of(store->replace_batch(2, batch_of("r"), rows, because)), "refused");
    EXPECT_EQ(daily_usage(*store), before);
    EXPECT_EQ(store->batches("cdn", 0, 9)->size(), 2U);
}

}  // namespace
}  // namespace tidemark::test
