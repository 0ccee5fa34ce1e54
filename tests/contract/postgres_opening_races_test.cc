// Programs that open the same PostgreSQL database at once, the first of them an empty one.

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/check.h"
#include "store/postgres/connection.h"
#include "store/postgres/postgres_store.h"
#include "support/scratch_database.h"

namespace tidemark::test {
namespace {

// Long enough for a loaded machine; reached only when the test fails.
constexpr std::chrono::seconds patience{60};

// Opens and prepares as every program does; what failed, or nothing.
std::string open_and_prepare(const std::string& url) {
    const Result<std::unique_ptr<Store>> store = open_postgres_store(url);
    if (!store.has_value()) {
        return store.error().message;
    }
    for (const Dataset& dataset : built_in_datasets()) {
        const Result<void> prepared = (*store)->prepare_dataset(dataset);
        if (!prepared.has_value()) {
            return prepared.error().message;
        }
    }
    return {};
}

// All of them look at the empty database, and then wait for the lock of the migrations, which is
// held meanwhile; only then the first one migrates.
TEST(PostgresOpening, an_empty_database_is_migrated_once_by_those_who_all_saw_it_empty) {
    if (!postgres_server().has_value()) {
        GTEST_SKIP() << "TIDEMARK_TEST_POSTGRES names no server";
    }
    constexpr int program_count = 8;
    const ScratchDatabase database;
    const auto holder = postgres::Connection::open(database.url()).value();
    ASSERT_TRUE(holder->query("SELECT pg_advisory_lock(29801, 0)").has_value());
    std::vector<std::future<std::string>> programs;
    for (int number = 0; number < program_count; ++number) {
        programs.push_back(std::async(std::launch::async, open_and_prepare, database.url()));
    }
    const auto deadline = std::chrono::steady_clock::now() + patience;
    const std::string waiting =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())";
    while (holder->query(waiting).value().integer(0, 0) < program_count) {
        TIDEMARK_CHECK(std::chrono::steady_clock::now() < deadline);
        std::this_thread::yield();
    }
    ASSERT_TRUE(holder->query("SELECT pg_advisory_unlock(29801, 0)").has_value());
    for (std::future<std::string>& program : programs) {
        EXPECT_EQ(program.get(), "");
    }
    EXPECT_EQ(database.run("SELECT count(*) - max(number) FROM schema_migration"), "0");
}

}  // namespace
}  // namespace tidemark::test
