// Aggregates, folders and readers at once: no deadlock, no wrong total, nobody is told to go away.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <list>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "end_to_end/file_ledger.h"
#include "end_to_end/reader.h"
#include "end_to_end/test_store.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

// Together 8 processes at once, each with at least one connection.
constexpr int writer_count = 4;
constexpr int folder_count = 2;
constexpr int reader_count = 2;
constexpr int filling = 2000;

using SteadyTime = std::chrono::steady_clock::time_point;

struct Stress {
    TestStore store;
    FileLedger ledger;
    std::atomic<bool> failed = false;
    std::atomic<int> fold_count = 0;

    explicit Stress(StoreKind kind) : store(kind), ledger(store.folder().path(), filling) {}

    // Runs a command that must succeed.
    void run(const std::vector<std::string>& arguments) {
        const ProcessEnd end = store.run(arguments);
        if (end.exit_code != 0) {
            failed = true;
            ADD_FAILURE() << arguments.front() << ": " << end.to_string();
        }
    }

    void write_until(SteadyTime deadline, RandomStream random) {
        while (std::chrono::steady_clock::now() < deadline && !failed) {
            std::vector<int> files;
            for (std::uint64_t count = 1 + random.below(3); count > 0; --count) {
                files.push_back(ledger.write_file());
            }
            std::vector<int> given = files;
            if (random.chance(0.3)) {  // somebody else's too, perhaps at the same moment
                const auto known = static_cast<std::uint64_t>(files.front() + 1);
                const int other = static_cast<int>(random.below(known));
                if (ledger.acknowledged().contains(other)) {
                    given.push_back(other);
                }
            }
            run(ledger.aggregate_arguments(given));
            if (!failed) {
                ledger.acknowledge(FileSet(files.begin(), files.end()));
            }
        }
    }

    void fold_until(SteadyTime deadline) {
        while (std::chrono::steady_clock::now() < deadline && !failed) {
            run({"compact", "--dataset", "cdn"});
            ++fold_count;
        }
    }

    void expect_all() {
        const ProcessEnd end = store.run(ledger.usage_arguments());
        ASSERT_EQ(end.exit_code, 0) << end.to_string();
        const Result<FileSet> read = FileLedger::files_of(end.output);
        ASSERT_TRUE(read.has_value()) << read.error().message;
        EXPECT_EQ(static_cast<int>(read->size()), ledger.handed_over());
    }
};

class WorkAtOnce : public testing::TestWithParam<StoreKind> {};

TEST_P(WorkAtOnce, neither_deadlocks_nor_shows_a_wrong_total) {
    if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
        GTEST_SKIP() << reason;
    }
    const std::uint64_t seed = announced_seed();
    Stress stress(GetParam());
    stress.run(stress.ledger.aggregate_arguments({stress.ledger.write_file()}));
    const SteadyTime deadline =
        std::chrono::steady_clock::now() +
        std::chrono::seconds(number_from_environment("TIDEMARK_STRESS_SECONDS", 10));
    int read_count = 0;
    {
        std::list<Reader> readers;
        for (int i = 0; i < reader_count; ++i) {
            readers.emplace_back(stress.store, stress.ledger, stress.failed);
        }
        std::vector<std::jthread> workers;
        for (int i = 0; i < writer_count; ++i) {
            workers.emplace_back([&stress, deadline, seed, i] {
                stress.write_until(deadline, RandomStream(seed, "writer " + std::to_string(i)));
            });
        }
        for (int i = 0; i < folder_count; ++i) {
            workers.emplace_back([&stress, deadline] { stress.fold_until(deadline); });
        }
        workers.clear();
        for (const Reader& reader : readers) {
            read_count += reader.read_count();
        }
    }
    stress.expect_all();
    stress.run({"compact", "--dataset", "cdn"});
    stress.expect_all();
    std::printf("%d files, %d folds, %d reads\n",
                stress.ledger.handed_over(),
                stress.fold_count.load(),
                read_count);
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         WorkAtOnce,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace tidemark::test
