// Two schemas under one plan, run by turns: what differs is found, and what does not is not.

#include <algorithm>
#include <chrono>
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

// 500 sites over 60 days, then four upserts of the whole new day just after a checkpoint: under a
// key that begins with the site each of them touches a page of its own.
constexpr const char* plan = R"toml(
duration = "2s"
ledger = "written"
[target]
schema = "schema.sql"
[target.settings]
autovacuum = "off"
[pool.site_id]
count = 500
[[writer]]
name = "media"
kind = "stream"
every = "500ms"
rows = 500
statement = """
insert into usage select * from unnest(:site_id::text[], :utc_date::date[], :bytes::bigint[])
on conflict (site_id, date) do update set bytes = excluded.bytes"""
values.bytes = { from = 0, to = 1_000_000 }
objectives = { p99 = "5s" }
[[prefill]]
pool = "site_id"
days = 60
statement = "copy usage (site_id, date, bytes) from stdin values (:site_id, :utc_date, :bytes);"
values.bytes = { from = 0, to = 1_000_000 }
)toml";

// Ten runs with a cluster of their own take a while on a busy machine.
ProcessEnd finish(const ProcessStart& start) {
    Process process(start);
    return process.finish(std::chrono::minutes(8));
}

constexpr const char* columns = "create table usage (site_id text, date date, bytes bigint, ";

class Comparison : public testing::Test {
 protected:
    void SetUp() override {
        if (!has_postgres_programs()) {
            GTEST_SKIP() << "no PostgreSQL server is installed: tools/install_packages test";
        }
        plan_ = folder_.write("plan.toml", plan);
        site_date_ =
            folder_.write("schema.sql", std::string(columns) + "primary key (site_id, date));");
        date_site_ =
            folder_.write("date_site.sql", std::string(columns) + "primary key (date, site_id));");
    }

    [[nodiscard]] Json report() const {
        return Json::parse(read_file(folder_.out() / "report.json"), nullptr, false);
    }

    static Json figure(const Json& report, const std::string& name) {
        const Json& figures = report.at("figures");
        const auto found = std::ranges::find_if(
            figures, [&name](const Json& figure) { return figure.at("name") == name; });
        return found == figures.end() ? Json() : *found;
    }

    SimulationFolder folder_;
    std::string plan_;
    std::string site_date_;
    std::string date_site_;
};

TEST_F(Comparison, finds_what_the_order_of_the_key_costs) {
    const ProcessEnd end = finish(folder_.start(
        TIDEMARK_BINARY, {"compare", plan_, "--schemas", site_date_, date_site_, "--json"}));
    ASSERT_EQ(end.exit_code, 0) << end.to_string();
    const Json found = Json::parse(end.output);
    EXPECT_EQ(found, report());
    EXPECT_EQ(found.at("schema"), 1);
    EXPECT_EQ(found.at("pairs"), 5);
    EXPECT_EQ(found.at("conclusion"), "different");
    const Json wal = figure(found, "WAL a row");
    EXPECT_TRUE(wal.at("different").get<bool>()) << wal.dump();
    EXPECT_GT(wal.at("mean_a").get<double>(), 1.5 * wal.at("mean_b").get<double>());
    EXPECT_TRUE(figure(found, "full-page images a 1,000 rows").at("different").get<bool>());
    EXPECT_TRUE(std::filesystem::is_empty(folder_.servers()));

    // By turns, each run in a folder that has its own report.
    std::string order;
    const Json facts = Json::parse(read_file(folder_.out() / "comparison.json"));
    for (const Json& run : facts.at("runs")) {
        order += run.at("arm").get<std::string>();
        EXPECT_TRUE(std::filesystem::exists(folder_.out() / run.at("folder") / "run.json"));
    }
    EXPECT_EQ(order, "abbaabbaab");
    // Each with the statements that it ran with.
    EXPECT_EQ(read_file(folder_.out() / "b-1" / "plan" / "schema.sql"), read_file(date_site_));

    const std::string html = read_file(folder_.out() / "report.html");
    const ProcessEnd again =
        run_process({.command = {TIDEMARK_BINARY, "simulate", "report", folder_.out().string()}});
    EXPECT_EQ(again.exit_code, 0) << again.to_string();
    EXPECT_NE(again.output.find("WAL a row, bytes"), std::string::npos) << again.output;
    EXPECT_EQ(read_file(folder_.out() / "report.html"), html);
}

// One in ten may err; ./test asks once, ./test --soak ten times.
TEST_F(Comparison, of_a_plan_with_itself_says_no_difference) {
    const std::uint64_t times = number_from_environment("TIDEMARK_COMPARISONS", 1);
    std::uint64_t none = 0;
    std::string others;
    for (std::uint64_t time = 0; time < times; ++time) {
        std::filesystem::remove_all(folder_.out());
        const ProcessEnd end =
            finish(folder_.start(TIDEMARK_BINARY, {"compare", plan_, plan_, "--json"}));
        ASSERT_EQ(end.exit_code, 0) << end.to_string();
        const bool same = Json::parse(end.output).at("conclusion") == "no difference";
        none += same ? 1 : 0;
        others += same ? "" : end.output;
    }
    EXPECT_GE(none, times - times / 10) << others;
}

TEST_F(Comparison, refuses_what_it_can_say_nothing_of) {
    std::string other = plan;
    other.insert(other.find("duration"), "seed = 2\n");
    const ProcessEnd seeds = run_process(
        folder_.start(TIDEMARK_BINARY, {"compare", plan_, folder_.write("other.toml", other)}));
    EXPECT_EQ(seeds.exit_code, 2) << seeds.to_string();
    EXPECT_NE(seeds.errors.find("give both the same seed"), std::string::npos) << seeds.errors;

    const ProcessEnd alone = run_process(folder_.start(TIDEMARK_BINARY, {"compare", plan_}));
    EXPECT_EQ(alone.exit_code, 2);
    EXPECT_NE(alone.errors.find("two plans, or one plan and --schemas"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder_.out()));
}

}  // namespace
}  // namespace tidemark::test
