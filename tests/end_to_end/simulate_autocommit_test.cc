// Transactions of one statement without BEGIN and COMMIT: what a killed writer leaves open cannot
// be asked about, and is said to be unresolved.

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/process.h"
#include "support/simulation_folder.h"
#include "support/temporary_directory.h"

namespace tidemark::test {
namespace {

using Json = nlohmann::json;

// A writer that is killed in the middle of four seconds, and begins again.
std::string plan_of(std::string_view every,
                    std::string_view statement,
                    std::string_view killed_at) {
    return fmt::format(R"toml(
duration = "4s"
[target]
schema_statements = "create table t (operation bigint, at timestamptz)"
[[writer]]
name = "w"
kind = "stream"
every = "{}"
deadline = "2m"
autocommit = true
statement_rows = 1
statement = "{}"
restart_after = "100ms"
[[fault]]
kind = "kill"
at = "{}"
writer = "w"
)toml",
                       every,
                       statement,
                       killed_at);
}

// The report of the run of a plan; no object when there is none.
Json report_of(const std::string& plan) {
    const SimulationFolder folder;
    Process process(folder.start(TIDEMARK_BINARY, {"run", folder.write("plan.toml", plan)}));
    const ProcessEnd end = process.finish(std::chrono::minutes(4));
    Json report = Json::parse(read_file(folder.out() / "report.json"), nullptr, false);
    EXPECT_TRUE(report.is_object()) << end.to_string();
    return report;
}

TEST(Autocommit, accounts_for_every_transaction_over_a_kill) {
    if (!has_postgres_programs()) {
        GTEST_SKIP() << "no PostgreSQL server is installed: tools/install_packages test";
    }
    const Json report =
        report_of(plan_of("50ms", "insert into t values (:operation, now())", "2s"));
    ASSERT_TRUE(report.is_object());
    const Json& counts = report.at("writers")[0].at("transactions");
    EXPECT_EQ(counts.at("planned"), 80);
    EXPECT_EQ(counts.at("committed").get<int>() + counts.at("unresolved").get<int>(), 80)
        << counts.dump();
    // At most the one that was on its way when the writer was killed.
    EXPECT_LE(counts.at("unresolved").get<int>(), 1);
    EXPECT_EQ(report.at("ledger").size(), counts.at("unresolved").get<std::size_t>());
}

// A transaction takes nearly as long as the time to the next, so that the kill comes in one.
TEST(Autocommit, leaves_unresolved_what_was_on_its_way_when_the_writer_was_killed) {
    if (!has_postgres_programs()) {
        GTEST_SKIP() << "no PostgreSQL server is installed: tools/install_packages test";
    }
    const Json report = report_of(
        plan_of("1s", "insert into t select :operation, now() from pg_sleep(0.9)", "2500ms"));
    ASSERT_TRUE(report.is_object());
    const Json& counts = report.at("writers")[0].at("transactions");
    EXPECT_EQ(counts.at("committed"), 3) << counts.dump();
    EXPECT_EQ(counts.at("unresolved"), 1) << counts.dump();
    ASSERT_EQ(report.at("ledger").size(), 1U);
    EXPECT_EQ(report.at("ledger")[0].at("kind"), "unresolved");
}

}  // namespace
}  // namespace tidemark::test
