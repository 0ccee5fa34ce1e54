// Each way in which a batch could slip past a freeze on PostgreSQL, forced step by step.

#include <array>
#include <functional>

#include <gtest/gtest.h>

#include "contract/postgres_steps.h"
#include "contract/verifying.h"
#include "store/postgres/adjusting.h"
#include "store/postgres/seals.h"

namespace tidemark::test {
namespace {

const std::vector<CdnRow> rows = {{"a", 0, 1, 5, 1}};

class PostgresFreezingRaces : public PostgresRace {
 protected:
    void seal() {
        folded(*store);
        const std::array days = {day(0)};
        EXPECT_TRUE(store->seal_days("cdn", days).has_value());
    }

    std::size_t frozen_count() { return freeze(FreezePolicy::reject); }

    std::size_t freeze(FreezePolicy policy) {
        const std::array days = {day(0)};
        const auto frozen = store->freeze_days("cdn", days, policy);
        EXPECT_TRUE(frozen.has_value()) << frozen.error().message;
        return frozen.has_value() ? frozen->size() : 0;
    }

    // Stores `rows`, each turn of it after something else.
    Result<std::vector<StoredBatch>> stored_while(const std::function<void(int)>& before_turn) {
        postgres::Session& session = new_session();
        const postgres::DatasetTables& tables = tables_of(session);
        UsageRows source = rows_of(rows);
        int turn = 0;
        return postgres::store_booked(
            session, tables, batch_of("late"), source, [&](const postgres::KeyedBatch& given) {
                before_turn(++turn);
                return postgres::store_together(session, tables, {&given, 1}, {});
            });
    }

    static Result<void> look(postgres::Session& session) {
        const std::array days = {day(0)};
        return postgres::require_not_frozen(connection_of(session), tables_of(session), days);
    }
};

TEST_F(PostgresFreezingRaces, a_writer_who_looked_before_the_seal_holds_the_freeze_off) {
    postgres::Session& writer = new_session();
    const std::int64_t batch_seq = begun(writer, entry_of("late", rows));
    copied(writer, batch_seq, rows);
    EXPECT_TRUE(look(writer).has_value());
    seal();
    EXPECT_EQ(frozen_count(), 0U) << "the batch is still being written";
    EXPECT_TRUE(marked(writer, batch_seq));
    execute(writer, "COMMIT");
    EXPECT_EQ(frozen_count(), 0U) << "the day is dirty";
    EXPECT_TRUE(store->sealed_days("cdn")->front().dirty);
    seal();
    EXPECT_EQ(frozen_count(), 1U);
}

TEST_F(PostgresFreezingRaces, a_writer_who_looked_after_the_seal_holds_the_freeze_off) {
    seal();
    postgres::Session& writer = new_session();
    const std::int64_t batch_seq = begun(writer, entry_of("late", rows));
    copied(writer, batch_seq, rows);
    EXPECT_TRUE(look(writer).has_value());
    EXPECT_EQ(frozen_count(), 0U);
    EXPECT_TRUE(marked(writer, batch_seq));
    execute(writer, "COMMIT");
    EXPECT_EQ(frozen_count(), 0U);
    seal();
    EXPECT_EQ(frozen_count(), 1U);
}

TEST_F(PostgresFreezingRaces, sealing_anew_does_not_wait_for_a_late_writer) {
    seal();
    stored(*store, "k1", rows);
    postgres::Session& writer = new_session();
    const std::int64_t batch_seq = begun(writer, entry_of("late", rows));
    copied(writer, batch_seq, rows);
    EXPECT_TRUE(look(writer).has_value());
    seal();
    EXPECT_EQ(store->sealed_days("cdn")->front().revision, 2);
    EXPECT_TRUE(marked(writer, batch_seq));
    execute(writer, "COMMIT");
    EXPECT_TRUE(store->sealed_days("cdn")->front().dirty);
}

TEST_F(PostgresFreezingRaces, a_writer_who_looks_while_a_freeze_is_under_way_waits_for_it) {
    seal();
    postgres::Session& freezer = new_session();
    execute(freezer, "BEGIN; SELECT 1 FROM sealed_day FOR UPDATE");
    execute(freezer, "UPDATE sealed_day SET freeze_policy = 'reject'");
    postgres::Session& writer = new_session();
    (void)begun(writer, entry_of("late", rows));
    execute(writer, "BEGIN");
    auto looking = std::async(std::launch::async, [&] { return look(writer); });
    wait_until_somebody_waits();
    execute(freezer, "COMMIT");
    EXPECT_EQ(outcome_of(looking.get()), "refused");
}

TEST_F(PostgresFreezingRaces, a_day_that_freezes_just_before_the_storing_is_adjusted) {
    seal();
    const auto late = stored_while([&](int turn) {
        if (turn == 1) {
            EXPECT_EQ(freeze(FreezePolicy::adjust), 1U);
        }
    });
    ASSERT_TRUE(late.has_value()) << late.error().message;
    EXPECT_TRUE(late->front().receipt.adjusted.has_value());
    EXPECT_EQ(verified(*store), Lines{});
}

TEST_F(PostgresFreezingRaces, a_policy_that_changes_after_the_look_holds) {
    seal();
    EXPECT_EQ(freeze(FreezePolicy::adjust), 1U);
    const auto late = stored_while([&](int turn) {
        if (turn == 2) {
            EXPECT_EQ(freeze(FreezePolicy::reject), 1U);
        }
    });
    EXPECT_EQ(outcome_of(late), "refused");
    EXPECT_EQ(store->adjustments({.dataset = "cdn"})->size(), 0U);
    EXPECT_EQ(verified(*store), Lines{});
}

}  // namespace
}  // namespace tidemark::test
