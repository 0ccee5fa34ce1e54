// Erasing on PostgreSQL while others write.

#include <future>

#include "contract/postgres_steps.h"
#include "store/postgres/postgres_store.h"

namespace tidemark::test {
namespace {

const CorrectionNote asked_for{.reason = "asked for", .by = "billing"};

class PostgresErasing : public PostgresRace {};

TEST_F(PostgresErasing, waits_a_bounded_time_for_who_writes_and_changes_nothing_then) {
    stored(*store, "one", {{"a", 0, 0, 5, 1}});
    postgres::Session& writer = new_session();
    const postgres::BatchEntry entry = entry_of("two", {{"a", 0, 0, 2, 1}});
    const std::int64_t batch_seq = begun(writer, entry);
    copied(writer, batch_seq, {{"a", 0, 0, 2, 1}});
    EXPECT_EQ(outcome_of(store->erase_subject("cdn", "a", asked_for)), "unavailable");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 5 1"}));
    EXPECT_TRUE(marked(writer, batch_seq));
    execute(writer, "COMMIT");
    EXPECT_EQ(store->erase_subject("cdn", "a", asked_for)->batch_row_count, 2);
    EXPECT_EQ(daily_usage(*store), Lines{});
    EXPECT_EQ(folded(*store).batch_count, 2);
}

TEST_F(PostgresErasing, a_void_that_looked_before_the_erasure_is_not_committed_after_it) {
    stored(*store, "one", {{"a", 0, 0, 5, 1}, {"b", 0, 0, 7, 1}});
    const auto other = open_postgres_store(database.url()).value();
    // The void has read the receipt and begun, and waits before it copies a row.
    postgres::Session& holder = new_session();
    execute(holder, "BEGIN");
    execute(holder, "LOCK TABLE ONLY cdn_batch IN SHARE ROW EXCLUSIVE MODE");
    std::future<std::string> voiding = std::async(std::launch::async, [&other] {
        return outcome_of(other->void_batch("cdn", 1, "v", asked_for));
    });
    wait_until_somebody_waits();
    execute(holder,
            "WITH gone AS (DELETE FROM cdn_batch WHERE site_id = 'a' RETURNING 1)"
            " INSERT INTO erased_batch VALUES ('cdn', 1, '2026-11-11', 0, 1, '{5,1}')");
    execute(holder, "COMMIT");
    EXPECT_EQ(voiding.get(), "unavailable");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z b: 7 1"}));
    EXPECT_EQ(outcome_of(other->void_batch("cdn", 1, "v", asked_for)), "ok");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z b: 0 0"}));
    EXPECT_EQ(folded(*store).batch_count, 2);
}

}  // namespace
}  // namespace tidemark::test
