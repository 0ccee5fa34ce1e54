// The ledger against the tables: what was lost, doubled or half done is named, and nothing else is.

#include <cstdlib>
#include <map>
#include <string>

#include <fmt/format.h>

#include "simulation.h"

namespace tidemark::test {
namespace {

// Counters that four writers add to through a network that loses answers, and their connections
// with them, every 300 ms. The writers begin 25 ms apart, so that some COMMIT is always on its way.
std::string counting_plan(const char* ambiguous, const char* statement) {
    return fmt::format(R"toml(
duration = "8s"
ledger = "written"
[target]
rtt = "20ms"
schema_statements = """
create table counter (site_id text primary key, n bigint not null);
create table done (operation bigint primary key);
"""
[pool.site_id]
count = 50
[[writer]]
name = "w"
kind = "stream"
instances = 4
staggered = true
every = "100ms"
rows = 2
statement = """{}"""
values.n = {{ from = 1, to = 100 }}
deadline = "60s"
objectives = {{ p99 = "60s", error_share = 1 }}
retry = {{ ambiguous = "{}", attempts_max = 1000, backoff_max = "200ms" }}
verify = {{ total = "select coalesce(sum(n), 0) from counter", of = "n" }}
{})toml",
                       statement,
                       ambiguous,
                       [] {
                           std::string faults;
                           for (int at_ms = 1000; at_ms < 7000; at_ms += 300) {
                               faults += fmt::format(
                                   "[[fault]]\nkind = 'black_hole'\nat = '{}ms'\nlasts = '50ms'\n"
                                   "swallows = 'answers'\nends = 'cut'\n",
                                   at_ms);
                           }
                           return faults;
                       }());
}

constexpr const char* adding = R"(
insert into counter as c (site_id, n) select * from unnest(:site_id::text[], :n::bigint[])
on conflict (site_id) do update set n = c.n + excluded.n;)";

// The same, but a transaction that finds itself done adds nothing.
constexpr const char* adding_once = R"(
with once as (insert into done values (:operation) on conflict do nothing returning operation)
insert into counter as c (site_id, n)
select given.* from once, unnest(:site_id::text[], :n::bigint[]) as given
on conflict (site_id) do update set n = c.n + excluded.n;)";

class Ledger : public Simulation {
 protected:
    Json checked_report(const std::string& plan) {
        const ProcessEnd end = run(plan);
        EXPECT_TRUE(std::filesystem::exists(out() / "report.json")) << end.to_string();
        Json found = report();
        expect_identity(found);
        expect_nothing_left();
        return found;
    }

    static std::map<std::string, int> kinds(const Json& report) {
        std::map<std::string, int> counted;
        for (const Json& finding : report.at("ledger")) {
            ++counted[finding.at("writer").get<std::string>() + " " +
                      finding.at("kind").get<std::string>()];
        }
        return counted;
    }
};

TEST_F(Ledger, names_what_was_added_twice_after_a_commit_without_an_answer) {
    const Json found = checked_report(counting_plan("retry", adding));
    EXPECT_GT(kinds(found)["w doubled"], 0);
    EXPECT_EQ(kinds(found).size(), 1U) << found.at("ledger").dump(2);
    EXPECT_NE(found.at("first_limit").get<std::string>().find("doubled"), std::string::npos);
    for (const Json& finding : found.at("ledger")) {
        EXPECT_GE(finding.at("operation").get<int>(), 0) << "named, not only counted";
    }
}

TEST_F(Ledger, finds_nothing_where_the_writer_asks_before_it_tries_again) {
    const Json found = checked_report(counting_plan("resolve", adding));
    EXPECT_EQ(found.at("ledger"), Json::array());
    EXPECT_GT(found.at("writers")[0].at("retries").get<int>(), 0) << "nothing was put to the test";
}

TEST_F(Ledger, finds_nothing_where_doing_it_twice_is_as_good_as_once) {
    const Json found = checked_report(counting_plan("retry", adding_once));
    EXPECT_EQ(found.at("ledger"), Json::array());
    EXPECT_GT(found.at("writers")[0].at("retries").get<int>(), 0) << "nothing was put to the test";
}

TEST_F(Ledger, compares_the_rows_of_each_operation_with_the_tables) {
    const Json found = checked_report(R"toml(
duration = "1s"
ledger = "written"
[target]
schema_statements = """
create table t (writer text, operation bigint);
create function drop_row() returns trigger language plpgsql as
    'begin if new.writer = ''drops'' then return null; end if; return new; end';
create trigger drops before insert on t for each row execute function drop_row();
"""
[pool.site_id]
count = 50
[[writer]]
name = "sound"
kind = "stream"
every = "100ms"
rows = 2
statement = "insert into t select :writer, :operation from unnest(:site_id)"
verify = { marker = "t.operation" }
[[writer]]
name = "drops"
kind = "stream"
every = "100ms"
rows = 2
statement = "insert into t select :writer, :operation from unnest(:site_id)"
verify = { query = "select operation, count(*) from t group by 1" }
[[writer]]
name = "halves"
kind = "stream"
every = "100ms"
rows = 2
statement = "insert into t select :writer, :operation from unnest(:site_id) limit 1"
verify = { marker = "t.operation" }
[[writer]]
name = "repeats"
kind = "stream"
every = "100ms"
rows = 2
statement = "insert into t select :writer, :operation from unnest(:site_id), generate_series(1, 2)"
verify = { marker = "t.operation" }
[[writer]]
name = "one_row"
kind = "stream"
every = "100ms"
rows = 2
statement = "insert into t select :writer, :operation from unnest(:site_id) limit 1"
verify = { marker = "t.operation", rows = 1 }
)toml");
    const std::map<std::string, int> expected = {
        {"drops lost", 10}, {"halves partial", 10}, {"repeats doubled", 10}};
    EXPECT_EQ(kinds(found), expected) << found.at("ledger").dump(2);
}

// The next process of a killed writer asks while the server is still at the COMMIT of the one
// before.
TEST_F(Ledger, waits_for_a_commit_that_goes_on_without_its_writer) {
    const Json found = checked_report(R"toml(
duration = "4s"
[target]
schema_statements = """
create table t (operation bigint);
create function pause() returns trigger language plpgsql as
    'begin perform pg_sleep(2); return null; end';
create constraint trigger slow_commit after insert on t deferrable initially deferred
    for each row execute function pause();
"""
[[writer]]
name = "w"
kind = "stream"
every = "3s"
statement = "insert into t values (:operation)"
restart_after = "50ms"
verify = { marker = "t.operation" }
[[fault]]
kind = "kill"
at = "3500ms"
writer = "w"
)toml");
    EXPECT_EQ(found.at("ledger"), Json::array());
    EXPECT_EQ(found.at("writers")[0].at("transactions").at("committed"), 2);
}

TEST_F(Ledger, refuses_a_verification_that_the_server_refuses_before_the_load) {
    const ProcessEnd end = run(R"toml(
[target]
schema_statements = "create table t (operation bigint)"
[[writer]]
name = "w"
kind = "stream"
every = "100ms"
statement = "insert into t values (:operation)"
verify = { marker = "t.batch" }
)toml");
    EXPECT_EQ(end.exit_code, 2) << end.to_string();
    EXPECT_NE(end.errors.find("verify writer 'w': column \"batch\" does not exist"),
              std::string::npos)
        << end.errors;
}

// Random faults from the seed. TIDEMARK_FAULTY_RUNS says how many seeds there are.
std::string faulty_plan(int seed) {
    return fmt::format(R"toml(
seed = {}
duration = "3s"
ledger = "written"
[target]
schema_statements = """
create table event (operation bigint not null, site_id text not null);
create table counter (site_id text primary key, n bigint not null);
"""
[pool.site_id]
count = 50
[[writer]]
name = "events"
kind = "stream"
instances = 2
every = "40ms"
rows = 2
statement = "insert into event select :operation, unnest(:site_id)"
restart_after = "50ms"
restarts_max = 100
retry = {{ attempts_max = 1000, backoff_max = "200ms" }}
verify = {{ marker = "event.operation" }}
[[writer]]
name = "counts"
kind = "stream"
connections = 2
overlap = "allow"
every = "40ms"
rows = 2
statement = """{}"""
values.n = {{ from = 1, to = 100 }}
restart_after = "50ms"
restarts_max = 100
retry = {{ attempts_max = 1000, backoff_max = "200ms" }}
verify = {{ total = "select coalesce(sum(n), 0) from counter", of = "n" }}
[[fault]]
kind = "random"
among = ["kill", "kill", "terminate", "terminate", "restart", "black_hole", "black_hole"]
every = "300ms"
lasts = "400ms"
)toml",
                       seed,
                       adding);
}

TEST_F(Ledger, accounts_for_every_operation_under_random_faults) {
    const char* wanted = std::getenv("TIDEMARK_FAULTY_RUNS");  // NOLINT(concurrency-mt-unsafe)
    const int runs = wanted == nullptr ? 10 : std::atoi(wanted);
    for (int seed = 1; seed <= runs; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        std::filesystem::remove_all(out());
        const Json found = checked_report(faulty_plan(seed));
        EXPECT_EQ(found.at("ledger"), Json::array());
        for (const Json& writer : found.at("writers")) {
            EXPECT_EQ(writer.at("transactions").at("unresolved"), 0) << writer.dump(2);
        }
    }
}

}  // namespace
}  // namespace tidemark::test
