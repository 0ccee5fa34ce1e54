// Everybody at once on one store: no wrong total, no deadlock. TIDEMARK_STRESS_SECONDS says for how
// long, TIDEMARK_SEED repeats a run's choices (not its timing).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "contract/store_stress.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

class Stress : public StoreTest {};

TEST_P(Stress, every_answer_is_a_set_of_whole_batches) {
    const std::uint64_t seed = announced_seed();
    const std::chrono::seconds duration(number_from_environment("TIDEMARK_STRESS_SECONDS", 10));
    StoreStress stress(*database, seed);
    const std::string failure = stress.run(duration);
    fmt::print("{}\n", stress.tally().to_string());
    ASSERT_EQ(failure, "") << "seed " << seed;
    const StressTally& tally = stress.tally();
    EXPECT_GT(tally.batches, 0);
    EXPECT_GT(tally.folds, 0);
    EXPECT_GT(tally.reads, 0);
    EXPECT_GT(tally.seals, 0);
    EXPECT_GT(tally.verifications, 0);
    EXPECT_GT(tally.purges, 0);
    if (const ScratchDatabase* const server = database->server(); server != nullptr) {
        EXPECT_GE(tally.connections_max, 8);
        EXPECT_GT(tally.kills, 0);
        EXPECT_EQ(server->run("SELECT deadlocks FROM pg_stat_database"
                              " WHERE datname = current_database()"),
                  "0");
    }
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         Stress,
                         testing::Values(sqlite_store_factory(), postgres_store_factory()),
                         store_name);

}  // namespace
}  // namespace tidemark::test
