// Whole simulations: on a PostgreSQL of their own, with writers that are locked out, killed and
// restarted, and with nothing left behind.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "simulation.h"
#include "support/scratch_database.h"

namespace tidemark::test {
namespace {

constexpr int wrong_usage = 2;
constexpr int refused = 3;
constexpr int not_adequate = 11;
constexpr int invalid_measurement = 12;

// 20 transactions a second for as long as said, each of them one row.
std::string stream_plan(const char* duration, const std::string& more = "") {
    return fmt::format(R"toml(
duration = "{}"
ledger = "written"
[target]
schema_statements = "create table t (site_id text, operation bigint)"
[pool.site_id]
count = 1000
[[writer]]
name = "w"
kind = "stream"
every = "50ms"
rows = 1
statement = "insert into t select unnest(:site_id), :operation"
restart_after = "100ms"
objectives = {{ p99 = "2s" }}
{})toml",
                       duration,
                       more);
}

TEST_F(Simulation, starts_its_own_postgres_and_ends_with_a_verdict_and_reports) {
    const ProcessEnd end = run(stream_plan("20s"), {"--speed", "4"});
    ASSERT_TRUE(std::filesystem::exists(out() / "report.html")) << end.to_string();
    const Json found = report();
    EXPECT_EQ(found.at("schema"), 1);
    EXPECT_EQ(found.at("writers")[0].at("transactions").at("planned"), 400);
    EXPECT_EQ(found.at("writers")[0].at("transactions").at("committed"), 400);
    EXPECT_EQ(found.at("writers")[0].at("rows"), 400);
    EXPECT_NE(end.output.find("response"), std::string::npos);
    expect_identity(found);
    expect_nothing_left();

    // The reports come again from the folder alone, byte by byte.
    const std::string html = read_file(out() / "report.html");
    const std::string json = read_file(out() / "report.json");
    const ProcessEnd again =
        run_process({.command = {TIDEMARK_BINARY, "simulate", "report", out().string()}});
    EXPECT_EQ(again.output, end.output);
    EXPECT_EQ(again.exit_code, end.exit_code);
    EXPECT_EQ(read_file(out() / "report.html"), html);
    EXPECT_EQ(read_file(out() / "report.json"), json);
}

// Whether to run at full length: ./test --soak.
bool is_soak() {
    return std::getenv("TIDEMARK_FAULTY_RUNS") != nullptr;  // NOLINT(concurrency-mt-unsafe)
}

// Coordinated omission: a locked table delays what was planned meanwhile, though a single
// transaction was being worked on. The truth follows from the plan and the lock's times.
TEST_F(Simulation, shows_a_locked_table_in_the_latency_from_the_plan) {
    // 20 a second: 5 s of 60 s at full length.
    const int seconds = is_soak() ? 60 : 16;
    const std::string lock = fmt::format(
        "[[fault]]\nkind = 'lock'\nat = '6s'\nlasts = '{}s'\ntable = 't'\n", is_soak() ? 5 : 3);
    const ProcessEnd end = run(stream_plan(fmt::format("{}s", seconds).c_str(), lock));
    ASSERT_EQ(end.exit_code, not_adequate) << end.to_string();
    const Json found = report();
    const std::vector<Json> locks = events("lock");
    ASSERT_EQ(locks.size(), 1U);
    // The lock's first victims wait longest, each 50 ms less than the one before. p99 is the wait
    // that a hundredth of all transactions is above.
    constexpr std::int64_t gap_us = 50'000;
    const std::int64_t planned = seconds * 20;
    const std::int64_t above = planned - (planned * 99 + 99) / 100;
    const auto from_us = locks[0].at("at_us").get<std::int64_t>();
    const auto until_us = locks[0].at("until_us").get<std::int64_t>();
    const std::int64_t first_us = (from_us + gap_us - 1) / gap_us * gap_us;
    const auto truth_us = static_cast<double>(until_us - first_us - above * gap_us);
    const Json& writer = found.at("writers")[0];
    EXPECT_NEAR(writer.at("response").at("p99_us").get<double>(), truth_us, truth_us * 0.05);
    // Measured from the start of the work, the same run looks harmless.
    EXPECT_LT(writer.at("service").at("p99_us").get<double>(), truth_us / 5);
    EXPECT_NE(found.at("first_limit").get<std::string>().find("fault lock of t"), std::string::npos)
        << found.at("first_limit");
    expect_identity(found);
}

TEST_F(Simulation, survives_killed_writers_and_a_restarted_server_and_accounts_for_all) {
    const std::string faults = R"toml(
[[fault]]
kind = "kill"
at = "2s"
writer = "w"
[[fault]]
kind = "terminate"
at = "4s"
writer = "w"
[[fault]]
kind = "restart"
at = "6s"
[[fault]]
kind = "pause"
at = "8s"
lasts = "500ms"
writer = "w"
)toml";
    const ProcessEnd end = run(stream_plan("12s", faults));
    ASSERT_TRUE(std::filesystem::exists(out() / "report.json")) << end.to_string();
    const Json found = report();
    expect_identity(found);
    const Json& counts = found.at("writers")[0].at("transactions");
    EXPECT_EQ(counts.at("planned"), 240);
    EXPECT_EQ(counts.at("unresolved"), 0);
    EXPECT_EQ(found.at("ledger"), Json::array()) << "lost, doubled or unresolved";
    EXPECT_EQ(counts.at("committed").get<int>() + counts.at("failed").get<int>(), 240);
    EXPECT_EQ(events("writer_ended").size(), 1U);
    expect_nothing_left();
}

// A file system of the server's own is filled: what needs room fails, and works again afterwards.
TEST_F(Simulation, survives_a_full_disk) {
    std::string plan = stream_plan("6s", R"toml(
verify = { marker = "t.operation", rows = 400 }
[[fault]]
kind = "disk_full"
at = "2s"
lasts = "2s"
)toml");
    const std::string statement = "select unnest(:site_id), :operation";
    plan.replace(plan.find(statement),
                 statement.size(),
                 "select repeat(:writer, 100), :operation from generate_series(1, 400)");
    const ProcessEnd end = run(plan);
    if (end.errors.find("cannot be mounted") != std::string::npos) {
        GTEST_SKIP() << "no file system can be mounted here: " << end.errors;
    }
    ASSERT_TRUE(std::filesystem::exists(out() / "report.json")) << end.to_string();
    const Json found = report();
    expect_identity(found);
    EXPECT_EQ(events("disk_full").size(), 1U);
    const Json& writer = found.at("writers")[0];
    EXPECT_GT(writer.at("states").value("53100", 0), 0) << writer.dump(2);
    EXPECT_EQ(found.at("ledger"), Json::array());
    // Two of six seconds are full: more than those before them commit.
    EXPECT_GT(writer.at("transactions").at("committed").get<int>(), 60);
    expect_nothing_left();
}

TEST_F(Simulation, is_slower_by_the_round_trips_of_a_distant_server) {
    std::string plan = stream_plan("3s");
    plan.replace(plan.find("[target]"), 8, "[target]\nrtt = \"15ms\"");
    const ProcessEnd end = run(plan);
    ASSERT_TRUE(std::filesystem::exists(out() / "report.json")) << end.to_string();
    const Json writer = report().at("writers")[0];
    EXPECT_EQ(writer.at("transactions").at("committed"), 60);
    // Two round trips: to the transaction's id, and its COMMIT.
    EXPECT_GE(writer.at("service").at("p50_us").get<int>(), 30'000);
    expect_nothing_left();
}

// What there is when a run has come so far.
struct Moment {
    const char* name;
    bool (*has_come)(const std::filesystem::path& out, const std::filesystem::path& servers);
};

constexpr Moment moments[] = {
    {"while_the_server_is_made",
     [](const auto&, const auto& servers) { return !std::filesystem::is_empty(servers); }},
    {"while_writers_connect",
     [](const auto& out, const auto&) {
         return std::filesystem::exists(out / "ledger") &&
                !std::filesystem::is_empty(out / "ledger");
     }},
    {"under_load",
     [](const auto& out, const auto&) { return std::filesystem::exists(out / "samples.ndjson"); }},
};

class InterruptedSimulation : public Simulation, public testing::WithParamInterface<Moment> {};

TEST_P(InterruptedSimulation, ends_with_a_report_and_leaves_nothing) {
    Process process(start(stream_plan("10m")));
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!GetParam().has_come(out(), servers()) && std::chrono::steady_clock::now() < deadline &&
           !process.wait(std::chrono::milliseconds(5))) {
    }
    process.send_signal(SIGINT);
    const ProcessEnd end = process.finish(patience);
    EXPECT_EQ(end.exit_code, invalid_measurement) << end.to_string();
    EXPECT_NE(end.output.find("interrupted"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(out() / "report.html"));
    expect_identity(report());
    expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(Moments,
                         InterruptedSimulation,
                         testing::ValuesIn(moments),
                         [](const auto& test) { return std::string(test.param.name); });

// Nobody is asked to clean up after a kill -9: the server's guardian does it.
TEST_F(Simulation, leaves_no_server_when_it_is_killed) {
    Process process(start(stream_plan("10m")));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!std::filesystem::exists(out() / "samples.ndjson") &&
           std::chrono::steady_clock::now() < deadline &&
           !process.wait(std::chrono::milliseconds(50))) {
    }
    process.send_signal(SIGKILL);
    process.finish();
    while (!std::filesystem::is_empty(servers()) && std::chrono::steady_clock::now() < deadline) {
        usleep(50'000);
    }
    expect_nothing_left();
}

TEST_F(Simulation, tells_what_the_server_refuses_in_one_line) {
    const ProcessEnd end = run(R"toml(
[[writer]]
name = "w"
kind = "stream"
every = "1s"
statement = "insert into absent values (1)"
)toml");
    EXPECT_EQ(end.exit_code, wrong_usage) << end.to_string();
    EXPECT_NE(end.errors.find("relation \"absent\" does not exist"), std::string::npos)
        << end.errors;
    expect_nothing_left();
}

TEST_F(Simulation, refuses_a_database_with_tables_and_takes_one_of_its_own_again) {
    if (!postgres_server().has_value()) {
        GTEST_SKIP() << "no TIDEMARK_TEST_POSTGRES: run beside tools/with_services";
    }
    const ScratchDatabase database;
    static_cast<void>(database.run("create table precious (a int)"));
    const std::string plan = stream_plan("1s") + "\n";
    const std::string named = plan.substr(0, plan.find("[target]") + 9) + "url = \"" +
                              database.url() + "\"\n" + plan.substr(plan.find("schema_statements"));
    const ProcessEnd refusal = run(named);
    EXPECT_EQ(refusal.exit_code, refused) << refusal.to_string();
    EXPECT_EQ(database.run("select count(*) from pg_tables where tablename = 't'"), "0");

    static_cast<void>(database.run("drop table precious"));
    for (int times = 0; times < 2; ++times) {
        std::filesystem::remove_all(out());
        const ProcessEnd end = run(named);
        EXPECT_TRUE(std::filesystem::exists(out() / "report.html")) << end.to_string();
        EXPECT_EQ(database.run("select count(*) from t"), "20");
    }
}

}  // namespace
}  // namespace tidemark::test
