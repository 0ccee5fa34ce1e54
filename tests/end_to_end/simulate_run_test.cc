// Whole simulations: on a PostgreSQL of their own, with writers that are locked out, killed and
// restarted, and with nothing left behind.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "support/process.h"
#include "support/scratch_database.h"
#include "support/temporary_directory.h"

namespace tidemark::test {
namespace {

using Json = nlohmann::json;

constexpr int wrong_usage = 2;
constexpr int refused = 3;
constexpr int not_adequate = 11;
constexpr int invalid_measurement = 12;

bool has_postgres() {
    return run_process({.command = {"/bin/sh",
                                    "-c",
                                    "test -x \"$(pg_config --bindir)/initdb\" || command -v initdb "
                                    "|| ls /usr/lib/postgresql/*/bin/initdb"}})
               .exit_code == 0;
}

// A folder for a plan, its run, and the private server, which another user reaches.
class Simulation : public testing::Test {
 protected:
    void SetUp() override {
        if (!has_postgres()) {
            GTEST_SKIP() << "no PostgreSQL server is installed: tools/install_packages test";
        }
        std::filesystem::permissions(
            folder_.path(),
            std::filesystem::perms::others_exec | std::filesystem::perms::others_read,
            std::filesystem::perm_options::add);
        std::filesystem::create_directory(servers());
        std::filesystem::permissions(servers(), std::filesystem::perms::all);
    }

    [[nodiscard]] std::filesystem::path servers() const { return folder_.path() / "servers"; }
    [[nodiscard]] std::filesystem::path out() const { return folder_.path() / "out"; }

    ProcessStart start(const std::string& plan, std::vector<std::string> more = {}) {
        std::vector<std::string> command = {TIDEMARK_BINARY,
                                            "simulate",
                                            "run",
                                            folder_.write("plan.toml", plan),
                                            "--out",
                                            out().string()};
        command.insert(command.end(), more.begin(), more.end());
        return {.command = command, .environment = {{"TMPDIR", servers().string()}}};
    }

    [[nodiscard]] Json report() const {
        return Json::parse(read_file(out() / "report.json"), nullptr, false);
    }

    [[nodiscard]] std::vector<Json> events(const std::string& kind) const {
        std::vector<Json> found;
        std::ifstream stream(out() / "events.ndjson");
        for (std::string line; std::getline(stream, line);) {
            Json event = Json::parse(line);
            if (event.at("kind") == kind) {
                found.push_back(event);
            }
        }
        return found;
    }

    void expect_nothing_left() const {
        EXPECT_TRUE(std::filesystem::is_empty(servers()));
        const ProcessEnd found = run_process(
            {.command = {"/bin/sh",
                         "-c",
                         "ps -eo args | grep -F '" + servers().string() + "' | grep -vc grep"}});
        EXPECT_EQ(found.output, "0\n");
    }

    // planned = committed + failed + skipped + unresolved, of every writer.
    static void expect_identity(const Json& report) {
        for (const Json& writer : report.at("writers")) {
            const Json& counts = writer.at("transactions");
            EXPECT_EQ(counts.at("planned").get<int>(),
                      counts.at("committed").get<int>() + counts.at("failed").get<int>() +
                          counts.at("skipped").get<int>() + counts.at("unresolved").get<int>())
                << writer.dump();
        }
    }

    TemporaryDirectory folder_;
};

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
    const ProcessEnd end = run_process(start(stream_plan("60s"), {"--speed", "10"}));
    ASSERT_TRUE(std::filesystem::exists(out() / "report.html")) << end.to_string();
    const Json found = report();
    EXPECT_EQ(found.at("schema"), 1);
    EXPECT_EQ(found.at("writers")[0].at("transactions").at("planned"), 1200);
    EXPECT_EQ(found.at("writers")[0].at("transactions").at("committed"), 1200);
    EXPECT_EQ(found.at("writers")[0].at("rows"), 1200);
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

// Coordinated omission: a locked table delays what was planned meanwhile, though a single
// transaction was being worked on. The truth follows from the plan and the lock's times.
TEST_F(Simulation, shows_a_locked_table_in_the_latency_from_the_plan) {
    const ProcessEnd end = run_process(start(
        stream_plan("16s", "[[fault]]\nkind = 'lock'\nat = '6s'\nlasts = '3s'\ntable = 't'\n")));
    ASSERT_EQ(end.exit_code, not_adequate) << end.to_string();
    const Json found = report();
    const std::vector<Json> locks = events("lock");
    ASSERT_EQ(locks.size(), 1U);
    // 320 transactions: p99 is the 317th, the fourth longest wait, planned 150 ms after the lock's
    // first victim.
    const auto from_us = locks[0].at("at_us").get<std::int64_t>();
    const auto until_us = locks[0].at("until_us").get<std::int64_t>();
    const std::int64_t first_us = (from_us + 49'999) / 50'000 * 50'000;
    const auto truth_us = static_cast<double>(until_us - first_us - 150'000);
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
    const ProcessEnd end = run_process(start(stream_plan("12s", faults)));
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

TEST_F(Simulation, ends_on_interrupt_with_a_report_and_leaves_nothing) {
    Process process(start(stream_plan("10m")));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!std::filesystem::exists(out() / "samples.ndjson") &&
           std::chrono::steady_clock::now() < deadline &&
           !process.wait(std::chrono::milliseconds(50))) {
    }
    process.send_signal(SIGINT);
    const ProcessEnd end = process.finish();
    EXPECT_EQ(end.exit_code, invalid_measurement) << end.to_string();
    EXPECT_NE(end.output.find("interrupted"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(out() / "report.html"));
    expect_identity(report());
    expect_nothing_left();
}

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
    const ProcessEnd end = run_process(start(R"toml(
[[writer]]
name = "w"
kind = "stream"
every = "1s"
statement = "insert into absent values (1)"
)toml"));
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
    const ProcessEnd refusal = run_process(start(named));
    EXPECT_EQ(refusal.exit_code, refused) << refusal.to_string();
    EXPECT_EQ(database.run("select count(*) from pg_tables where tablename = 't'"), "0");

    static_cast<void>(database.run("drop table precious"));
    for (int times = 0; times < 2; ++times) {
        std::filesystem::remove_all(out());
        const ProcessEnd end = run_process(start(named));
        EXPECT_TRUE(std::filesystem::exists(out() / "report.html")) << end.to_string();
        EXPECT_EQ(database.run("select count(*) from t"), "20");
    }
}

}  // namespace
}  // namespace tidemark::test
