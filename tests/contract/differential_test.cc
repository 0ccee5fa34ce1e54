// Random histories: on all stores at once, where every answer must be the memory store's, and on
// each that lasts, with processes killed over what they do. Every usage is the plain sum of what
// was stored, and verify finds nothing at any moment. TIDEMARK_HISTORIES says how many,
// TIDEMARK_SEED which first.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "contract/random_history.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

constexpr std::uint64_t step_count = 40;

void run_histories(const std::vector<StoreFactory>& factories, RandomHistory::Kills kills) {
    const std::uint64_t first_seed = number_from_environment("TIDEMARK_SEED", 1);
    const std::uint64_t count = number_from_environment("TIDEMARK_HISTORIES", 25);
    fmt::print("{} histories, seeds from {}\n", count, first_seed);
    std::int64_t adjusted_count = 0;
    for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
        SCOPED_TRACE(fmt::format("TIDEMARK_SEED={} TIDEMARK_HISTORIES=1", seed));
        RandomHistory history(seed, factories, kills);
        for (std::uint64_t step = 0; step < step_count && !testing::Test::HasFailure(); ++step) {
            SCOPED_TRACE(fmt::format("step {}", step));
            history.step();
        }
        history.compare_all();
        adjusted_count += history.adjusted_count();
        if (testing::Test::HasFailure()) {
            break;
        }
    }
    fmt::print("{} batches adjusted\n", adjusted_count);
    if (count >= 25) {
        EXPECT_GT(adjusted_count, 0) << "of no history a frozen day had late rows";
    }
}

TEST(Differential, every_store_answers_as_the_memory_store_and_as_plain_sums) {
    run_histories(store_factories(), RandomHistory::Kills::none);
}

class KilledHistory : public testing::TestWithParam<StoreFactory> {};

TEST_P(KilledHistory, comes_to_the_plain_sums_all_the_same) {
    run_histories({GetParam()}, RandomHistory::Kills::some);
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         KilledHistory,
                         testing::Values(sqlite_store_factory(), postgres_store_factory()),
                         store_name);

}  // namespace
}  // namespace tidemark::test
