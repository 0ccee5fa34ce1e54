// Corrections of a SQLite file that is not what it should be.

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "contract/sqlite_steps.h"

namespace tidemark::test {
namespace {

using testing::HasSubstr;

class SqliteCorrections : public SqliteTest {};

TEST_F(SqliteCorrections, a_void_below_zero_is_refused_and_named) {
    stored(*store, "kept", {{"a", 0, 0, 5, 1}, {"b", 1, 0, 5, 1}});
    stored(*store, "wrong", {{"a", 0, 0, 2, 1}, {"b", 1, 0, 5, 1}});
    folded(*store);
    ASSERT_EQ(RawConnection(path).run("UPDATE cdn_daily SET requests = 0 WHERE site_id = 'b'"),
              SQLITE_OK);
    const Lines before = daily_usage(*store);
    const Result<StoredBatch> voided = store->void_batch("cdn", 2, "v", because);
    ASSERT_EQ(outcome_of(voided), "refused");
    EXPECT_THAT(voided.error().message, HasSubstr("'b' on 2026-11-12"));
    UsageRows rows = rows_of({});
    EXPECT_EQ(outcome_of(store->replace_batch(2, batch_of("r"), rows, because)), "refused");
    EXPECT_EQ(daily_usage(*store), before);
    EXPECT_EQ(store->batches("cdn", 0, 9)->size(), 2U);
}

TEST_F(SqliteCorrections, a_void_of_what_is_folded_in_part_is_not_below_zero) {
    stored(*store, "one", {{"a", 0, 0, 5, 1}, {"b", 0, 0, 5, 1}});
    stored(*store, "two", {{"a", 0, 0, 5, 1}, {"b", 0, 0, 5, 1}});
    folded(*store, {.days = {}, .subject_from = "b"});
    EXPECT_EQ(outcome_of(store->void_batch("cdn", 1, "v1", because)), "ok");
    EXPECT_EQ(outcome_of(store->void_batch("cdn", 2, "v2", because)), "ok");
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 0 0", "2026-11-11T00:00Z b: 0 0"}));
}

}  // namespace
}  // namespace tidemark::test
