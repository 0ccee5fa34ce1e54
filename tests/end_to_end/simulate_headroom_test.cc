// How many times its load a plan holds, where the limit is known: transactions that sleep 20 ms on
// one connection are at most 50 a second.

#include <chrono>
#include <cmath>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/environment.h"
#include "support/process.h"
#include "support/simulation_folder.h"
#include "support/temporary_directory.h"

namespace tidemark::test {
namespace {

using Json = nlohmann::json;

// 20 transactions a second for 4 s.
constexpr const char* plan = R"toml(
duration = "4s"
ledger = "written"
[[writer]]
name = "sleeper"
kind = "stream"
every = "50ms"
statement = "insert into t values (:operation); select pg_sleep(0.02)"
objectives = { p99 = "400ms", deadline_miss_share = 1.0 }
[target]
schema_statements = "create table t (operation bigint)"
)toml";

class HeadroomRun : public testing::Test {
 protected:
    void SetUp() override {
        if (!has_postgres_programs()) {
            GTEST_SKIP() << "no PostgreSQL server is installed: tools/install_packages test";
        }
    }

    Json search() {
        std::filesystem::remove_all(folder_.out());
        Process process(folder_.start(TIDEMARK_BINARY,
                                      {"run", folder_.write("plan.toml", plan), "--headroom"}));
        end_ = process.finish(std::chrono::minutes(9));
        return Json::parse(read_file(folder_.out() / "report.json"), nullptr, false);
    }

    SimulationFolder folder_;
    ProcessEnd end_;
};

TEST_F(HeadroomRun, ends_below_what_one_connection_can_do_and_names_the_limit) {
    const Json found = search();
    ASSERT_TRUE(found.is_object()) << end_.to_string();
    EXPECT_EQ(found.at("schema"), 1);
    EXPECT_TRUE(std::filesystem::is_empty(folder_.servers()));
    // 50 a second are 2.5 times the plan; what 4 s let wait is 10 % of them at most.
    EXPECT_LT(found.at("held").get<double>(), 2.5 * 1.1) << end_.to_string();
    if (!found.at("by_generator").get<bool>() && found.at("held").get<double>() > 0) {
        EXPECT_LE(found.at("not_held").get<double>() / found.at("held").get<double>(), 1.05);
        EXPECT_EQ(found.at("confirmations"), 3);
        EXPECT_NE(found.at("first_limit").get<std::string>().find("sleeper: p99 response"),
                  std::string::npos)
            << found.at("first_limit");
    }

    const std::string html = read_file(folder_.out() / "report.html");
    const ProcessEnd again =
        run_process({.command = {TIDEMARK_BINARY, "simulate", "report", folder_.out().string()}});
    EXPECT_EQ(again.output, end_.output);
    EXPECT_EQ(again.exit_code, end_.exit_code);
    EXPECT_EQ(read_file(folder_.out() / "report.html"), html);
    EXPECT_TRUE(std::filesystem::exists(folder_.out() / "step-01" / "report.html"));

    // A second run confirms it; ./test --soak asks, on a machine that does nothing else.
    for (std::uint64_t time = 1; time < number_from_environment("TIDEMARK_HEADROOMS", 1); ++time) {
        const Json second = search();
        EXPECT_NEAR(
            std::log(second.at("held").get<double>() / found.at("held").get<double>()), 0, 0.15);
    }
}

TEST_F(HeadroomRun, refuses_a_plan_with_a_trace) {
    const std::string traced = R"toml(
[[writer]]
name = "w"
kind = "batch"
trace = "day.csv"
statement = "select 1"
)toml";
    static_cast<void>(folder_.write("day.csv", "time,writer,rows\n2026-11-02T00:00:00Z,w,1\n"));
    const ProcessEnd end = run_process(
        folder_.start(TIDEMARK_BINARY, {"run", folder_.write("plan.toml", traced), "--headroom"}));
    EXPECT_EQ(end.exit_code, 2) << end.to_string();
    EXPECT_NE(end.errors.find("follows a trace"), std::string::npos) << end.errors;
    EXPECT_FALSE(std::filesystem::exists(folder_.out()));
}

}  // namespace
}  // namespace tidemark::test
