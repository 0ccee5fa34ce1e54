// Races of beginning, storing and expiring batches on PostgreSQL, forced step by step.

#include <gmock/gmock.h>

#include "contract/postgres_steps.h"
#include "store/postgres/corrections.h"
#include "store/postgres/purging.h"

namespace tidemark::test {
namespace {

using postgres::Session;
using std::chrono::milliseconds;

const std::vector<CdnRow> one_row = {{"a", 0, 0, 1, 1}};
const std::vector<CdnRow> other_row = {{"a", 0, 1, 10, 1}};

class PostgresStoringRace : public PostgresRace {
 protected:
    std::future<Result<StoredBatch>> store_meanwhile(const std::string& key,
                                                     const std::vector<CdnRow>& rows) {
        return std::async(std::launch::async,
                          [this, key, rows] { return store_rows(*store, key, rows); });
    }
};

TEST_F(PostgresStoringRace, a_batch_begins_only_when_the_number_before_it_is_visible) {
    Session& first = new_session();
    execute(first, "BEGIN; UPDATE dataset_seq SET last_seq = last_seq + 1 WHERE dataset = 'cdn'");
    auto second = store_meanwhile("second", one_row);
    wait_until_somebody_waits();
    execute(first, "COMMIT");
    const Result<StoredBatch> stored_second = second.get();
    ASSERT_TRUE(stored_second.has_value()) << stored_second.error().message;
    EXPECT_EQ(stored_second->receipt.batch_seq, 2);
}

TEST_F(PostgresStoringRace, a_batch_begun_and_not_committed_holds_the_folds_back) {
    Session& slow = new_session();
    const std::int64_t first = begun(slow, entry_of("slow", one_row));
    EXPECT_EQ(stored(*store, "fast", other_row), first + 1);
    EXPECT_EQ(folded(*store).folded_through, 0);
    EXPECT_EQ(bytes_read(), "10");
    copied(slow, first, one_row);
    ASSERT_TRUE(marked(slow, first));
    execute(slow, "COMMIT");
    EXPECT_EQ(bytes_read(), "11");
    EXPECT_EQ(folded(*store).folded_through, 2);
    EXPECT_EQ(bytes_read(), "11");
}

TEST_F(PostgresStoringRace, a_partition_of_a_batch_that_is_not_committed_is_not_to_be_purged) {
    const auto purgeable = [&] { return *store->purgeable_days("cdn", day(1), Timestamp::max()); };
    Session& killed = new_session();
    const std::int64_t first = begun(killed, entry_of("slow", one_row));
    copied(killed, first, one_row);
    EXPECT_EQ(purgeable(), std::vector<UtcDay>{});
    terminate(killed);
    EXPECT_EQ(purgeable(), std::vector<UtcDay>{});
    stored(*store, "slow", one_row);
    EXPECT_EQ(purgeable(), std::vector<UtcDay>{day(0)});
}

TEST_F(PostgresStoringRace, a_commit_after_the_expiry_is_refused) {
    Session& late = new_session();
    const std::int64_t batch_seq = begun(late, entry_of("late", one_row), milliseconds(0));
    copied(late, batch_seq, one_row);
    EXPECT_EQ(folded(*store).expired_count, 1);
    EXPECT_FALSE(marked(late, batch_seq));
    execute(late, "ROLLBACK");
    EXPECT_EQ(bytes_read(), "none");
    EXPECT_EQ(stored(*store, "late", one_row), batch_seq + 1);
    EXPECT_EQ(bytes_read(), "1");
}

TEST_F(PostgresStoringRace, an_expiry_after_the_commit_changes_nothing) {
    Session& writer = new_session();
    const std::int64_t batch_seq = begun(writer, entry_of("key", one_row), milliseconds(0));
    copied(writer, batch_seq, one_row);
    ASSERT_TRUE(marked(writer, batch_seq));
    EXPECT_EQ(folded(*store).expired_count, 0);  // its row is locked: passed over
    execute(writer, "COMMIT");
    const FoldOutcome after = folded(*store);
    EXPECT_EQ(after.expired_count, 0);
    EXPECT_EQ(after.batch_count, 1);
    EXPECT_EQ(bytes_read(), "1");
}

TEST_F(PostgresStoringRace, a_writer_hung_before_its_commit_holds_the_horizon_until_it_ends) {
    Session& hung = new_session();
    const std::int64_t batch_seq = begun(hung, entry_of("hung", one_row), milliseconds(0));
    copied(hung, batch_seq, one_row);
    ASSERT_TRUE(marked(hung, batch_seq));
    stored(*store, "other", other_row);
    EXPECT_EQ(folded(*store).folded_through, 0);
    EXPECT_EQ(bytes_read(), "10");
    connection_of(hung).roll_back();
    const FoldOutcome after = folded(*store);
    EXPECT_EQ(after.expired_count, 1);
    EXPECT_EQ(after.folded_through, 2);
    EXPECT_EQ(bytes_read(), "10");
}

TEST_F(PostgresStoringRace,
       a_batch_expired_while_its_rows_are_written_is_stored_under_a_new_number) {
    postgres::Options options;
    options.lease = milliseconds(60'000);
    Session& writer = new_session(options);
    const auto entry = entry_of("key", one_row);
    int attempts = 0;
    const auto stored_batch = postgres::store_under_key(
        writer,
        tables_of(writer),
        entry,
        [&](postgres::Connection& connection, std::int64_t batch_seq) {
            if (++attempts == 1) {
                (void)database.run("UPDATE batch_registry SET lease_until = '2000-01-01'");
                EXPECT_EQ(folded(*store).expired_count, 1);
            }
            UsageRows source = rows_of(one_row);
            return postgres::copy_rows(connection, tables_of(writer), batch_seq, source);
        });
    ASSERT_TRUE(stored_batch.has_value()) << stored_batch.error().message;
    EXPECT_EQ(stored_batch->receipt.batch_seq, 2);
    EXPECT_FALSE(stored_batch->already_stored);
    EXPECT_EQ(bytes_read(), "1");
}

TEST_F(PostgresStoringRace, a_killed_writer_s_key_is_free_at_once) {
    Session& killed = new_session();
    const std::int64_t first = begun(killed, entry_of("key", one_row));
    copied(killed, first, one_row);
    terminate(killed);
    EXPECT_EQ(stored(*store, "key", one_row), first + 1);
    EXPECT_EQ(bytes_read(), "1");
    EXPECT_EQ(folded(*store).folded_through, first + 1);
    EXPECT_EQ(bytes_read(), "1");
}

TEST_F(PostgresStoringRace, a_connection_ended_while_idle_is_opened_again_without_an_error) {
    Session& idle = new_session();
    terminate(idle);
    const auto connection = idle.ready();
    ASSERT_TRUE(connection.has_value()) << connection.error().message;
    EXPECT_TRUE((*connection)->query("SELECT 1").has_value());
}

TEST_F(PostgresStoringRace, the_same_batch_stored_twice_at_once_counts_once) {
    Session& first = new_session();
    const std::int64_t batch_seq = begun(first, entry_of("key", one_row));
    copied(first, batch_seq, one_row);
    auto second = store_meanwhile("key", one_row);
    ASSERT_TRUE(marked(first, batch_seq));
    execute(first, "COMMIT");
    const Result<StoredBatch> answer = second.get();
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_TRUE(answer->already_stored);
    EXPECT_EQ(answer->receipt.batch_seq, batch_seq);
    EXPECT_EQ(bytes_read(), "1");
}

TEST_F(PostgresStoringRace, a_commit_cut_off_before_it_took_effect_is_made_again) {
    // Runs inside COMMIT: waits there for a lock that the test holds.
    (void)database.run(
        "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM pg_advisory_xact_lock(1, 1); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER hold AFTER UPDATE ON batch_registry DEFERRABLE INITIALLY"
        " DEFERRED FOR EACH ROW WHEN (NEW.state = 'committed') EXECUTE FUNCTION hold()");
    Session& holder = new_session();
    execute(holder, "SELECT pg_advisory_lock(1, 1)");
    auto storing = store_meanwhile("key", one_row);
    wait_until_somebody_waits();
    (void)database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
        " current_database() AND wait_event_type = 'Lock'");
    wait_until_somebody_waits();  // the second attempt's commit
    execute(holder, "SELECT pg_advisory_unlock(1, 1)");
    const Result<StoredBatch> answer = storing.get();
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->receipt.batch_seq, 2);
    EXPECT_EQ(bytes_read(), "1");
}

TEST_F(PostgresStoringRace, a_day_purged_before_the_rows_arrive_refuses_them) {
    Session& writer = new_session();
    Session& purger = new_session();
    const auto entry = entry_of("late", one_row);
    const auto stored_batch = postgres::store_under_key(
        writer,
        tables_of(writer),
        entry,
        [&](postgres::Connection& connection, std::int64_t batch_seq) {
            EXPECT_TRUE(postgres::purge_day(purger, tables_of(purger), day(0)).has_value());
            UsageRows source = rows_of(one_row);
            return postgres::copy_rows(connection, tables_of(writer), batch_seq, source);
        });
    EXPECT_EQ(outcome_of(stored_batch), "refused");
    EXPECT_EQ(bytes_read(), "none");
    EXPECT_EQ(store->dataset_state("cdn")->running_count, 0);
}

TEST_F(PostgresStoringRace, a_purge_waits_for_a_late_batch_and_is_refused_after_its_commit) {
    Session& writer = new_session();
    const std::int64_t batch_seq = begun(writer, entry_of("late", one_row));
    copied(writer, batch_seq, one_row);
    postgres::Options patient;
    patient.purge_wait = std::chrono::seconds(60);
    Session& purger = new_session(patient);
    auto purge = std::async(std::launch::async, [&] {
        return outcome_of(postgres::purge_day(purger, tables_of(purger), day(0)));
    });
    wait_until_somebody_waits();
    ASSERT_TRUE(marked(writer, batch_seq));
    execute(writer, "COMMIT");
    EXPECT_EQ(purge.get(), "refused");
    EXPECT_EQ(bytes_read(), "1");
}

TEST_F(PostgresStoringRace, two_writers_make_the_same_partition_once) {
    Session& first = new_session();
    Session& second = new_session();
    const std::vector<UtcDay> days = {day(0), day(1)};
    auto other = std::async(std::launch::async, [&] {
        return outcome_of(second.ensure_partitions(tables_of(second), days));
    });
    EXPECT_EQ(outcome_of(first.ensure_partitions(tables_of(first), days)), "ok");
    EXPECT_EQ(other.get(), "ok");
    EXPECT_EQ(database.run("SELECT count(*) FROM pg_inherits WHERE inhparent = "
                           "'cdn_batch'::regclass"),
              "2");
}

TEST_F(PostgresStoringRace, a_partition_is_made_while_others_read_and_write) {
    Session& writer = new_session();
    const std::int64_t batch_seq = begun(writer, entry_of("open", one_row));
    copied(writer, batch_seq, one_row);  // its transaction stays open
    stored(*store, "next day", {{"a", 1, 0, 100, 1}});
    EXPECT_EQ(bytes_read(), "100");
}

TEST_F(PostgresStoringRace, a_batch_is_taken_back_once_whoever_is_first) {
    const std::int64_t voided = stored(*store, "key", one_row);
    Session& first = new_session();
    auto entry = entry_of("void 1", one_row);
    entry.receipt.voids = voided;
    entry.receipt.totals = {Total(-1), Total(-1)};
    const std::int64_t first_void = begun(first, entry);
    postgres::Options impatient;
    impatient.busy_wait = milliseconds(0);
    Session& second = new_session(impatient);
    EXPECT_EQ(
        outcome_of(postgres::void_batch(second, tables_of(second), voided, "void 2", because)),
        "unavailable");
    copied(first, first_void, {{"a", 0, 0, -1, -1}});
    ASSERT_TRUE(marked(first, first_void));
    execute(first, "COMMIT");
    EXPECT_EQ(
        outcome_of(postgres::void_batch(second, tables_of(second), voided, "void 2", because)),
        "refused");
    EXPECT_EQ(bytes_read(), "0");
    folded(*store);
    EXPECT_EQ(bytes_read(), "0");
}

}  // namespace
}  // namespace tidemark::test
