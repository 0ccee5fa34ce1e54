#include "simulate/run/database_sampler.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tidemark::simulate {
namespace {

struct VersionCase {
    const char* name;
    std::vector<std::string> columns;
    const char* checkpoints_from;  // empty: nowhere
    bool has_wal;
};

class Versions : public testing::TestWithParam<VersionCase> {};

// The columns as the catalogues of the versions list them.
TEST_P(Versions, are_asked_for_the_columns_that_they_have) {
    std::vector<std::string> names;
    const std::string query = sums_query(GetParam().columns, names);
    EXPECT_EQ(std::ranges::count(names, "deadlocks"), 1);
    EXPECT_EQ(std::ranges::count(names, "checkpoints_timed"), 1);
    EXPECT_NE(query.find(GetParam().checkpoints_from), std::string::npos) << query;
    EXPECT_EQ(std::ranges::count(names, "wal_full_page_images") == 1, GetParam().has_wal);
    EXPECT_EQ(std::ranges::count(query, ','),
              static_cast<std::ptrdiff_t>(names.size()));  // one more within pg_wal_lsn_diff
}

const std::vector<std::string> database_columns = {"pg_stat_database.xact_commit",
                                                   "pg_stat_database.xact_rollback",
                                                   "pg_stat_database.deadlocks",
                                                   "pg_stat_database.blks_read",
                                                   "pg_stat_database.blks_hit",
                                                   "pg_stat_database.temp_bytes"};

std::vector<std::string> with(std::vector<std::string> more) {
    more.insert(more.end(), database_columns.begin(), database_columns.end());
    return more;
}

const VersionCase version_cases[] = {
    {"v13",
     with({"pg_stat_bgwriter.checkpoints_timed",
           "pg_stat_bgwriter.checkpoints_req",
           "pg_stat_bgwriter.buffers_checkpoint"}),
     "pg_stat_bgwriter",
     false},
    {"v14_to_16",
     with({"pg_stat_bgwriter.checkpoints_timed",
           "pg_stat_bgwriter.checkpoints_req",
           "pg_stat_bgwriter.buffers_checkpoint",
           "pg_stat_wal.wal_records",
           "pg_stat_wal.wal_fpi",
           "pg_stat_wal.wal_bytes"}),
     "pg_stat_bgwriter",
     true},
    {"v17",
     with({"pg_stat_checkpointer.num_timed",
           "pg_stat_checkpointer.num_requested",
           "pg_stat_checkpointer.buffers_written",
           "pg_stat_bgwriter.buffers_clean",
           "pg_stat_wal.wal_records",
           "pg_stat_wal.wal_fpi",
           "pg_stat_wal.wal_bytes"}),
     "pg_stat_checkpointer",
     true},
};
INSTANTIATE_TEST_SUITE_P(Cases, Versions, testing::ValuesIn(version_cases), [](const auto& test) {
    return test.param.name;
});

}  // namespace
}  // namespace tidemark::simulate
