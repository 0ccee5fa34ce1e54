// The races of docs/fold_protocol.md on SQLite, forced step by step with two connections.

#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "contract/sqlite_steps.h"
#include "store/sqlite/write_turn.h"

namespace tidemark::test {
namespace {

using testing::HasSubstr;

class SqliteRace : public SqliteTest {
 protected:
    const std::unique_ptr<Store> other = impatient_store();
};

// Rows that run something when half of them are stored.
class InterruptedRows final : public RowSource {
 public:
    InterruptedRows(const std::vector<CdnRow>& rows, std::function<void()> action)
        : rows_(rows_of(rows)), action_(std::move(action)) {}
    [[nodiscard]] std::size_t metric_count() const override { return rows_.metric_count(); }
    void rewind() override {
        rows_.rewind();
        given_ = 0;
    }
    const UsageRow* next() override {
        if (given_++ == rows_.size() / 2) {
            action_();
        }
        return rows_.next();
    }

 private:
    UsageRows rows_;
    std::function<void()> action_;
    std::size_t given_ = 0;
};

TEST_F(SqliteRace, a_fold_between_the_statements_of_a_read_changes_nothing) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    folded(*store);
    stored(*store, "two", {{"a", 0, 0, 2, 1}, {"b", 0, 0, 4, 1}});
    HookedStore reader(path, clock);
    reader.before("FROM batch_day", [&] {
        folded(*store);
        stored(*store, "three", {{"a", 0, 0, 8, 1}});
    });
    EXPECT_EQ(daily_usage(*reader),
              (Lines{"2026-11-11T00:00Z a: 3 2", "2026-11-11T00:00Z b: 4 1"}));
    EXPECT_TRUE(reader.happened());
    EXPECT_EQ(daily_usage(*reader)[0], "2026-11-11T00:00Z a: 11 3");
}

TEST_F(SqliteRace, a_fold_of_a_part_between_the_statements_of_a_read_changes_nothing) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}, {"b", 1, 0, 2, 1}});
    HookedStore reader(path, clock);
    for (const char* statement : {"FROM \"cdn_daily\"", "FROM batch_day", "FROM \"cdn_batch\""}) {
        reader.before(statement, [&] { folded(*store, {.days = {day(0)}}); });
        EXPECT_EQ(daily_usage(*reader),
                  (Lines{"2026-11-11T00:00Z a: 1 1", "2026-11-12T00:00Z b: 2 1"}));
        EXPECT_TRUE(reader.happened()) << statement;
    }
}

TEST_F(SqliteRace, a_purge_between_the_statements_of_a_read_changes_nothing) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    folded(*store);
    HookedStore reader(path, clock);
    reader.before("FROM \"cdn_batch\"",
                  [&] { EXPECT_EQ(outcome_of(store->purge_day("cdn", day(0))), "ok"); });
    EXPECT_EQ(ask(*reader, question(0, 1, UsagePeriod::slot)), (Lines{"2026-11-11T00:00Z a: 1 1"}));
    EXPECT_TRUE(reader.happened());
    EXPECT_EQ(ask(*reader, question(0, 1, UsagePeriod::slot)), (Lines{"2026-11-11 purged"}));
}

TEST_F(SqliteRace, two_statements_without_a_snapshot_would_count_twice) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    RawConnection reader(path);
    const std::string unfolded = reader.value(
        "SELECT sum(bytes_streamed) FROM cdn_batch WHERE batch_seq > "
        "(SELECT folded_through FROM dataset)");
    folded(*store);
    const std::string daily = reader.value("SELECT sum(bytes_streamed) FROM cdn_daily");
    EXPECT_EQ(unfolded + "+" + daily, "1+1");  // which is why read_usage() is one transaction
}

TEST_F(SqliteRace, a_batch_being_stored_is_not_seen_and_holds_every_other_writer_off) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    const Lines before = daily_usage(*store);
    InterruptedRows rows({{"a", 0, 0, 2, 1}, {"b", 0, 0, 4, 1}}, [&] {
        EXPECT_EQ(daily_usage(*other), before);
        EXPECT_EQ(outcome_of(other->fold("cdn", {})), "unavailable");
        EXPECT_EQ(outcome_of(other->purge_day("cdn", day(0))), "unavailable");
        EXPECT_EQ(outcome_of(other->void_batch("cdn", 1, "v", because)), "unavailable");
        EXPECT_EQ(outcome_of(store_rows(*other, "two", {})), "unavailable");
        EXPECT_EQ(other->find_batch("fastly", "two").value(), std::nullopt);
    });
    ASSERT_EQ(outcome_of(store->store_batch(batch_of("two"), rows)), "ok");
    EXPECT_EQ(outcome_of(other->purge_day("cdn", day(0))), "refused");
    EXPECT_EQ(folded(*other).batch_count, 2);
    EXPECT_EQ(daily_usage(*other), (Lines{"2026-11-11T00:00Z a: 3 2", "2026-11-11T00:00Z b: 4 1"}));
}

TEST_F(SqliteRace, a_busy_file_is_named_with_how_long_it_was) {
    RawConnection writer(path);
    ASSERT_EQ(writer.run("BEGIN IMMEDIATE"), SQLITE_OK);
    const auto patient = open_store(std::chrono::milliseconds(300));
    const Result<FoldOutcome> outcome = patient->fold("cdn", {});
    ASSERT_EQ(outcome_of(outcome), "unavailable");
    EXPECT_THAT(outcome.error().message, HasSubstr("0.3 s"));
    EXPECT_THAT(outcome.error().message, HasSubstr(path));
}

TEST_F(SqliteRace, a_fold_waits_for_a_writer) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    RawConnection writer(path);
    ASSERT_EQ(writer.run("BEGIN IMMEDIATE"), SQLITE_OK);
    HookedStore folder(path, clock);
    std::promise<void> begun;
    folder.before("BEGIN IMMEDIATE", [&] { begun.set_value(); });
    auto outcome = std::async(std::launch::async, [&] { return folder->fold("cdn", {}); });
    begun.get_future().wait();
    ASSERT_EQ(writer.run("COMMIT"), SQLITE_OK);
    EXPECT_EQ(outcome.get()->batch_count, 1);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 1 1"}));
}

TEST_F(SqliteRace, a_second_folder_comes_too_late_to_add_anything) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    HookedStore folder(path, clock);
    folder.before("UPDATE dataset SET folded_through",
                  [&] { EXPECT_EQ(outcome_of(other->fold("cdn", {})), "unavailable"); });
    EXPECT_EQ(folded(*folder).daily_row_count, 1);
    EXPECT_TRUE(folder.happened());
    EXPECT_EQ(folded(*other).daily_row_count, 0);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 1 1"}));
}

TEST_F(SqliteRace, a_deferred_transaction_could_not_be_upgraded) {
    RawConnection writer(path);
    ASSERT_EQ(writer.run("BEGIN DEFERRED; SELECT last_seq FROM dataset"), SQLITE_OK);
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    EXPECT_EQ(writer.run("UPDATE dataset SET last_seq = 1"), SQLITE_BUSY_SNAPSHOT);
}

TEST_F(SqliteRace, two_voids_of_one_batch_at_once_leave_one) {
    const std::int64_t wrong = stored(*store, "wrong", {{"a", 0, 0, 1, 1}});
    HookedStore first(path, clock);
    first.before("INSERT INTO batch_registry", [&] {
        EXPECT_EQ(outcome_of(other->void_batch("cdn", wrong, "second", because)), "unavailable");
    });
    EXPECT_EQ(outcome_of(first->void_batch("cdn", wrong, "first", because)), "ok");
    EXPECT_TRUE(first.happened());
    EXPECT_EQ(outcome_of(other->void_batch("cdn", wrong, "second", because)), "refused");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 0 0"}));
}

TEST_F(SqliteRace, the_schema_itself_refuses_a_second_void_and_a_second_batch_of_a_key) {
    const std::int64_t wrong = stored(*store, "wrong", {});
    ASSERT_EQ(outcome_of(store->void_batch("cdn", wrong, "v", because)), "ok");
    RawConnection writer(path);
    const std::string copy = "INSERT INTO batch_registry SELECT dataset_id, batch_seq + 10, feed, ";
    const std::string rest =
        ", content_hash, source, line_count, comment_count, accepted_count, rejected_count, "
        "ignored_count, row_count, totals, voids, committed_at_us, day_grained FROM batch_registry "
        "WHERE ";
    EXPECT_EQ(writer.run(copy + "'w'" + rest + "voids = 1"), SQLITE_CONSTRAINT_UNIQUE);
    EXPECT_EQ(writer.run(copy + "batch_key" + rest + "voids IS NULL"), SQLITE_CONSTRAINT_UNIQUE);
}

TEST_F(SqliteRace, the_same_batch_from_two_threads_is_stored_once) {
    for (int round = 0; round < 20; ++round) {
        const std::string key = std::to_string(round);
        const auto store_it = [&] {
            const auto own = open_store(std::chrono::seconds(60));
            return store_rows(*own, key, {{"a", 0, 0, 1, 1}})->already_stored;
        };
        auto first = std::async(std::launch::async, store_it);
        auto second = std::async(std::launch::async, store_it);
        EXPECT_NE(first.get(), second.get());
    }
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 20 20"}));
}

TEST_F(SqliteRace, a_batch_for_a_day_that_is_being_purged_is_refused) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    folded(*store);
    // After the mark's commit, before the sweep takes the lock again.
    RawConnection purger(path);
    ASSERT_EQ(purger.run("INSERT INTO purged_day VALUES (1, 20768, 0)"), SQLITE_OK);
    EXPECT_EQ(outcome_of(store_rows(*other, "late", {{"a", 0, 0, 1, 1}})), "refused");
    EXPECT_EQ(outcome_of(other->void_batch("cdn", 1, "v", because)), "refused");
    EXPECT_EQ(ask(*other, question(0, 1, UsagePeriod::slot)), (Lines{"2026-11-11 purged"}));
    EXPECT_EQ(store->purge_day("cdn", day(0)).value(), false) << "marked before";
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 1 1"}));
}

TEST_F(SqliteRace, what_a_killed_purge_left_is_unseen_and_swept_by_the_next) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}, {"a", 1, 0, 2, 1}});
    folded(*store);
    RawConnection writer(path);
    ASSERT_EQ(writer.run("INSERT INTO purged_day VALUES (1, 20768, 0)"), SQLITE_OK);
    EXPECT_EQ(ask(*store, question(0, 1, UsagePeriod::slot)), (Lines{"2026-11-11 purged"}));
    EXPECT_EQ(writer.value("SELECT count(*) FROM cdn_batch"), "2");
    EXPECT_EQ(store->purge_day("cdn", day(7)).value(), true);
    EXPECT_EQ(writer.value("SELECT count(*) FROM cdn_batch"), "1");
    EXPECT_EQ(writer.value("SELECT sum(swept) FROM purged_day"), "2");
}

TEST_F(SqliteRace, a_killed_writer_leaves_nothing_and_no_lock) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}});
    {
        RawConnection killed(path);
        ASSERT_EQ(killed.run("BEGIN IMMEDIATE; UPDATE dataset SET last_seq = last_seq + 1; "
                             "INSERT INTO cdn_batch VALUES (2, 20768, 'a', 0, 100, 1)"),
                  SQLITE_OK);
        EXPECT_EQ(outcome_of(other->fold("cdn", {})), "unavailable");
    }
    EXPECT_EQ(other->dataset_state("cdn")->last_seq, 1);
    EXPECT_EQ(folded(*other).batch_count, 1);
    EXPECT_EQ(stored(*other, "two", {{"a", 0, 0, 2, 1}}), 2);
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 3 2"}));
}

struct Damage {
    const char* name;
    const char* sql;
};

constexpr Damage damages[] = {
    {"row_lost", "DELETE FROM cdn_batch WHERE site_id = 'b'"},
    {"row_added", "INSERT INTO cdn_batch VALUES (1, 20768, 'c', 0, 0, 0)"},
    {"value_changed", "UPDATE cdn_batch SET requests = 2 WHERE site_id = 'b'"},
    {"day_lost", "DELETE FROM batch_day"},
    {"receipt_lost", "DELETE FROM batch_registry"},
    {"receipt_changed", "UPDATE batch_registry SET totals = '3,2'"},
    {"daily_row_ahead", "INSERT INTO cdn_daily VALUES (20768, 'a', 0, 0, 1)"},
};

class SqliteDamage : public SqliteTest, public testing::WithParamInterface<Damage> {};
INSTANTIATE_TEST_SUITE_P(Kinds, SqliteDamage, testing::ValuesIn(damages), [](const auto& test) {
    return test.param.name;
});

TEST_P(SqliteDamage, makes_a_fold_stop_and_change_nothing) {
    stored(*store, "one", {{"a", 0, 0, 1, 1}, {"b", 0, 0, 4, 1}});
    RawConnection raw(path);
    ASSERT_EQ(raw.run(GetParam().sql), SQLITE_OK);
    const std::string before = raw.value("SELECT count(*) || total(bytes_streamed) FROM cdn_daily");
    EXPECT_EQ(outcome_of(store->fold("cdn", {})), "corrupt");
    EXPECT_EQ(raw.value("SELECT count(*) || total(bytes_streamed) FROM cdn_daily"), before);
    EXPECT_EQ(store->dataset_state("cdn")->folded_through, 0);
}

// Without the turn the one that asks at once is nearly always first: the other one sleeps.
TEST_F(SqliteRace, who_waits_to_write_comes_before_who_asks_after_that) {
    const std::unique_ptr<Store> late = open_store(std::chrono::seconds(60));
    RawConnection holder(path);
    ASSERT_EQ(holder.run("BEGIN IMMEDIATE"), SQLITE_OK);
    std::future<std::int64_t> first = std::async(
        std::launch::async, [&] { return store->begin_run("compact", "cdn", "").value(); });
    sqlite::WriteTurn turn = sqlite::WriteTurn::open(path).value();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (turn.try_take()) {
        turn.pass_on();
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nobody waits in turn";
        std::this_thread::yield();
    }
    EXPECT_EQ(outcome_of(other->begin_run("compact", "cdn", "")), "unavailable");
    ASSERT_EQ(holder.run("COMMIT"), SQLITE_OK);
    EXPECT_GT(late->begin_run("compact", "cdn", "").value(), first.get());
}

// The system takes the turn from who dies with it.
TEST_F(SqliteRace, a_turn_is_lost_with_who_had_it) {
    {
        sqlite::WriteTurn turn = sqlite::WriteTurn::open(path).value();
        ASSERT_TRUE(turn.try_take());
        EXPECT_EQ(outcome_of(other->begin_run("compact", "cdn", "")), "unavailable");
    }
    EXPECT_EQ(outcome_of(other->begin_run("compact", "cdn", "")), "ok");
}

}  // namespace
}  // namespace tidemark::test
