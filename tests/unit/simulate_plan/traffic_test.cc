#include "simulate/plan/traffic.h"

#include "plan_text.h"

namespace tidemark::simulate {
namespace {

TEST(Traffic, counts_rows_exactly_and_estimates_bytes_within_reason) {
    const Plan plan = test::plan_of(R"toml(
[pool.site_id]
prefix = "mlw_"
width = 4
count = 2000
[[writer]]
name = "upserts"
kind = "stream"
every = "30s"
instances = 2
rows = 2000
statement = """
insert into t select * from unnest(:site_id, :utc_date, :value) on conflict (a) do update set b = 1
"""
values = { value = { from = 0, to = 10 } }
[[writer]]
name = "batches"
kind = "copy"
runs_per_hour = 2
rows = 1000
transaction_rows = 100
statement = "insert into run values (:run); copy u (a) from stdin values (:site_id)"
[[writer]]
name = "reads"
kind = "reads"
every = "1s"
statement = "select :site_id"
)toml");
    const std::vector<WriterTraffic> traffic = traffic_of(plan);
    ASSERT_EQ(traffic.size(), 3U);
    EXPECT_DOUBLE_EQ(traffic[0].rows_per_day, 2.0 * 2880 * 2000);
    EXPECT_DOUBLE_EQ(traffic[0].transactions_per_day, 2.0 * 2880);
    // baselines: 142 to 370 bytes a row for upserts of rows that are there.
    EXPECT_GT(traffic[0].wal_bytes_per_day / traffic[0].rows_per_day, 100);
    EXPECT_LT(traffic[0].wal_bytes_per_day / traffic[0].rows_per_day, 400);
    // A year of upserts leaves a row per site and day, not per upsert.
    EXPECT_LT(traffic[0].table_bytes_per_year, 2000.0 * 365 * 200);
    EXPECT_DOUBLE_EQ(traffic[1].transactions_per_day, 480);
    EXPECT_DOUBLE_EQ(traffic[1].rows_per_day, 48'000);
    EXPECT_DOUBLE_EQ(traffic[2].wal_bytes_per_day, 0);
}

}  // namespace
}  // namespace tidemark::simulate
