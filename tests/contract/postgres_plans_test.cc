// What PostgreSQL answers whichever plan it takes.

#include <gtest/gtest.h>

#include "contract/postgres_steps.h"
#include "store/postgres/seals.h"

namespace tidemark::test {
namespace {

class PostgresPlan : public PostgresRace {};

TEST_F(PostgresPlan, days_to_purge_are_asked_of_partitions_alone) {
    stored(*store, "key", {{"a", 0, 0, 1, 1}});
    postgres::Session& session = new_session();
    // Tables are then looked through before it is known which of them are partitions.
    execute(session,
            "CREATE TABLE no_day_of_a_partition_15 (n bigint); SET enable_nestloop = off;"
            "SET enable_mergejoin = off; SET enable_indexscan = off; SET enable_bitmapscan = off");
    const auto tables = session.counter("cdn");
    const auto connection = session.ready();
    ASSERT_TRUE(tables.has_value() && connection.has_value());
    const auto days = postgres::purgeable_days(**connection, **tables, day(1), Timestamp::max());
    ASSERT_TRUE(days.has_value()) << days.error().message;
    EXPECT_EQ(*days, std::vector<UtcDay>{day(0)});
}

}  // namespace
}  // namespace tidemark::test
