#include "simulate/plan/plan_reader.h"

#include <fmt/format.h>

#include "plan_text.h"
#include "support/temporary_directory.h"

namespace tidemark::simulate {
namespace {

const std::map<std::string, std::string> files = {
    {"w.sql", "insert into t select unnest(:site_id::text[]), :operation;\ndelete from u;"},
    {"read.sql", "select * from t where site_id = :site_id"},
    {"copy.sql", "copy t (a, b) from stdin values (:site_id, :utc_date)"},
    {"open.sql", "select (1"},
    {"day.csv", "time,writer,rows\n2026-11-02T00:00:00Z,w,900\n"},
    {"bad.csv", "time,writer,rows\n2026-11-02T00:00:00Z,w,many\n"},
};

TEST(ParsePlan, reads_a_writer_with_its_statements_and_values) {
    const Plan plan = test::plan_of(R"(
seed = 7
duration = "10m"
dates = "stay"
[pool.site_id]
prefix = "mlw_"
width = 3
count = 1000
skew = "zipf"
[[writer]]
name = "w"
kind = "batch"
runs_per_hour = 2
rows = 100
transaction_rows = 10
spread = "8m"
sql = "w.sql"
retry = { states = ["40"], ambiguous = "retry" }
)",
                                    files);
    ASSERT_EQ(plan.writers.size(), 1U);
    const Writer& writer = plan.writers.front();
    EXPECT_EQ(plan.seed, 7U);
    EXPECT_FALSE(plan.dates_advance);
    EXPECT_EQ(writer.every, std::chrono::minutes(30));
    EXPECT_EQ(writer.deadline, std::chrono::minutes(30));
    EXPECT_EQ(writer.objectives.p99, std::chrono::minutes(30));
    ASSERT_EQ(writer.statements.size(), 2U);
    EXPECT_EQ(writer.statements[1].line, 2);
    EXPECT_EQ(writer.values.at("site_id").kind, ValueKind::pool);
    EXPECT_EQ(writer.values.at("operation").kind, ValueKind::operation);
    EXPECT_EQ(writer.retry.ambiguous, AmbiguousCommit::retry);
    EXPECT_EQ(plan.find_pool("site_id")->skew, Skew::zipf);
}

TEST(ParsePlan, tells_the_kinds_of_values) {
    const Plan plan = test::plan_of(R"(
[[writer]]
name = "w"
kind = "stream"
every = "1s"
statement = "select :a, :b, :c, :d, :e, :f, :utc_date, :planned_at"
values.a = { from = 1, to = 9 }
values.b = { from = 0.5, to = 2.5 }
values.c = { choice = ["x", "y"] }
values.d = 5
values.e = "z"
values.f = { date = -30 }
)");
    const auto& values = plan.writers.at(0).values;
    EXPECT_EQ(values.at("a").kind, ValueKind::integer);
    EXPECT_EQ(values.at("b").kind, ValueKind::number);
    EXPECT_EQ(values.at("c").choices.size(), 2U);
    EXPECT_EQ(values.at("d").choices.at(0), "5");
    EXPECT_EQ(values.at("e").kind, ValueKind::constant);
    EXPECT_EQ(values.at("f").least, -30);
    EXPECT_EQ(values.at("planned_at").kind, ValueKind::time);
}

TEST(ParsePlan, reads_a_schema_of_several_parts_in_their_order) {
    const Plan plan = test::plan_of(R"(
[target]
schema = ["tidemark", "w.sql"]
schema_statements = "create table u (a int);"
[pool.site_id]
count = 1
[[writer]]
name = "w"
kind = "stream"
every = "1s"
sql = "read.sql"
)",
                                    files);
    ASSERT_EQ(plan.target.schema.size(), 3U);
    EXPECT_TRUE(plan.target.schema[0].own_tables);
    EXPECT_EQ(plan.target.schema[1].text, files.at("w.sql"));
    EXPECT_EQ(plan.target.schema[2].text, "create table u (a int);");
    EXPECT_FALSE(plan.target.schema[2].own_tables);
}

TEST(WithSchema, puts_a_file_in_the_place_of_the_first_that_the_plan_names) {
    const test::TemporaryDirectory folder;
    const std::string other = folder.write("other.sql", "create table other (a int);");
    const std::string writer =
        "[[writer]]\nname = 'w'\nkind = 'stream'\nevery = '1s'\nstatement = 'select 1'\n";
    const PlanSource several{.file = "p.toml",
                             .text = "target.schema = ['tidemark', 'w.sql', 'read.sql']\n" + writer,
                             .read_file = test::files_of(files)};
    const Result<PlanSource> replaced = with_schema(several, other);
    ASSERT_TRUE(replaced.has_value()) << replaced.error().message;
    const Plan plan = parse_plan(*replaced).value();
    EXPECT_TRUE(plan.target.schema[0].own_tables);
    EXPECT_EQ(plan.target.schema[1].text, "create table other (a int);");
    EXPECT_EQ(plan.target.schema[2].text, files.at("read.sql"));

    const PlanSource none{.file = "p.toml", .text = writer, .read_file = test::files_of(files)};
    const Result<PlanSource> refused = with_schema(none, other);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().message,
              "p.toml: [target] names no schema file that '" + other +
                  "' could stand for; write `schema = \"...\"` instead of schema_statements");
}

constexpr const char* faulty_plan = R"(
seed = {}
duration = "10m"
[pool.site_id]
count = 5
[[writer]]
name = "w"
kind = "stream"
every = "1s"
sql = "w.sql"
[[fault]]
kind = "random"
among = ["kill", "terminate", "pause", "lock", "restart", "black_hole", "delay", "disk_full"]
at = "1m"
every = "5s"
lasts = "2s"
)";

TEST(ParsePlan, draws_random_faults_from_the_seed) {
    const Plan plan = test::plan_of(fmt::format(faulty_plan, 1), files);
    EXPECT_EQ(plan.faults, test::plan_of(fmt::format(faulty_plan, 1), files).faults);
    EXPECT_NE(plan.faults, test::plan_of(fmt::format(faulty_plan, 2), files).faults);
    // 9 minutes of one every 5 s: 108, give or take five deviations.
    EXPECT_NEAR(static_cast<double>(plan.faults.size()), 108, 52);
    std::map<FaultKind, int> kinds;
    Micros before = std::chrono::minutes(1);
    for (const Fault& fault : plan.faults) {
        ++kinds[fault.kind];
        EXPECT_GE(fault.at, before);
        EXPECT_LE(fault.at, plan.duration);
        EXPECT_LE(fault.lasts, std::chrono::seconds(2));
        EXPECT_EQ(fault.lasts.count() > 0, has_length(fault.kind));
        EXPECT_EQ(fault.kind == FaultKind::lock, !fault.table.empty());
        before = fault.at;
    }
    EXPECT_EQ(kinds.size(), 8U);
    EXPECT_EQ(plan.target.disk_bytes, 1'000'000'000);
}

TEST(ParsePlan, makes_the_query_of_a_marker) {
    const Plan plan = test::plan_of(R"(
[pool.site_id]
count = 5
[[writer]]
name = "w"
kind = "stream"
every = "1s"
sql = "w.sql"
verify = { marker = "s.t.operation", rows = 2 }
)",
                                    files);
    EXPECT_EQ(plan.writers.at(0).verify.query,
              "select operation, count(*) from s.t group by operation");
    EXPECT_EQ(plan.writers.at(0).verify.rows, 2);
}

struct WrongCase {
    const char* name;
    const char* text;  // below a pool of 500 sites, on lines 1 and 2
    const char* complaint;
};

class WrongPlan : public testing::TestWithParam<WrongCase> {};

TEST_P(WrongPlan, is_told_in_one_line_with_its_place) {
    const Result<Plan> plan =
        parse_plan(std::string("[pool.site_id]\ncount = 500\n") + GetParam().text,
                   "p.toml",
                   test::files_of(files));
    ASSERT_FALSE(plan.has_value());
    EXPECT_EQ(plan.error().message, GetParam().complaint);
    EXPECT_EQ(plan.error().kind, ErrorKind::invalid_input);
}

#define WRITER "[[writer]]\nname = 'w'\nkind = 'stream'\nevery = '1s'\nsql = 'w.sql'\n"

constexpr WrongCase wrong_cases[] = {
    {"no_toml",
     "a = \n",
     "p.toml:3: Error while parsing key-value pair: expected value, saw '\\n'"},
    {"no_writer", "", "p.toml:1: no [[writer]] in this plan, so there is nothing to run"},
    {"unknown_table",
     WRITER "[pol.x]\ncount = 1\n",
     "p.toml:8: unknown key 'pol' (did you mean 'pool'?)"},
    {"unknown_key",
     WRITER "instnaces = 2\n",
     "p.toml:8: unknown key 'writer.instnaces' (did you mean 'instances'?)"},
    {"unknown_objective",
     WRITER "objectives = { p95 = '1s' }\n",
     "p.toml:8: unknown key 'writer.objectives.p95' (did you mean 'p99'?)"},
    {"unknown_retry_key",
     WRITER "[writer.retry]\nstate = ['40001']\n",
     "p.toml:9: unknown key 'writer.retry.state' (did you mean 'states'?)"},
    {"text_for_number",
     WRITER "rows = '5'\n",
     "p.toml:8: key 'writer.rows': expected a whole number from 1 to 100000000"},
    {"no_name",
     "[[writer]]\nkind = 'stream'\n",
     "p.toml:3: key 'writer.name': '': expected 1 to 40 of a-z, 0-9 and _: it becomes the "
     "application_name and a file's name"},
    {"name_with_capitals",
     "[[writer]]\nname = 'W'\n",
     "p.toml:4: key 'writer.name': 'W': expected 1 to 40 of a-z, 0-9 and _: it becomes the "
     "application_name and a file's name"},
    {"name_twice", WRITER WRITER, "p.toml:9: key 'writer.name': there are two writers 'w'"},
    {"no_kind",
     "[[writer]]\nname = 'w'\n",
     "p.toml:3: key 'writer.kind': expected stream, batch, copy or reads"},
    {"unknown_kind",
     "[[writer]]\nname = 'w'\nkind = 'steam'\n",
     "p.toml:5: key 'writer.kind': 'steam' is not one of stream, batch, copy, reads (did you mean "
     "'stream'?)"},
    {"no_start",
     "[[writer]]\nname = 'w'\nkind = 'stream'\n",
     "p.toml:3: key 'writer.every': writer 'w' must have exactly one of every, runs_per_hour, cron "
     "and trace"},
    {"two_starts",
     WRITER "cron = '* * * * *'\n",
     "p.toml:8: key 'writer.cron': writer 'w' must have exactly one of every, runs_per_hour, cron "
     "and trace"},
    {"runs_per_hour_of_a_stream",
     "[[writer]]\nname = 'w'\nkind = 'stream'\nruns_per_hour = 2\n",
     "p.toml:6: key 'writer.runs_per_hour': is for kind \"batch\" and \"copy\"; use `every`"},
    {"autocommit_of_two_statements",
     WRITER "autocommit = true\n",
     "p.toml:8: key 'writer.autocommit': needs transactions of one statement: one in `sql`, and "
     "`statement_rows` 0 or as many as `transaction_rows`"},
    {"autocommit_of_reads",
     "[[writer]]\nname = 'w'\nkind = 'reads'\nevery = '1s'\nsql = 'read.sql'\nautocommit = true\n",
     "p.toml:8: key 'writer.autocommit': is for kind \"stream\" and \"batch\""},
    {"bad_span",
     "[[writer]]\nname = 'w'\nkind = 'stream'\nevery = '30'\n",
     "p.toml:6: key 'writer.every': '30' is no time span; expected a number and us, ms, s, m, h or "
     "d, as in 30s, 8m, 1h30m"},
    {"bad_cron",
     "[[writer]]\nname = 'w'\nkind = 'batch'\ncron = '61 * * * *'\n",
     "p.toml:6: key 'writer.cron': cron: minute '61': expected *, or numbers from 0 to 59 with , - "
     "/"},
    {"missing_trace",
     "[[writer]]\nname = 'w'\nkind = 'batch'\ntrace = 'x.csv'\n",
     "p.toml:6: key 'writer.trace': 'x.csv': cannot be read"},
    {"bad_trace",
     "[[writer]]\nname = 'w'\nkind = 'batch'\ntrace = 'bad.csv'\n",
     "p.toml:6: key 'writer.trace': bad.csv:2: rows 'many': expected a whole number from 0 to "
     "1000000000"},
    {"trace_without_the_writer",
     "[[writer]]\nname = 'v'\nkind = 'batch'\ntrace = 'day.csv'\n",
     "p.toml:6: key 'writer.trace': day.csv: no line of writer 'v'"},
    {"trace_and_rows",
     "[[writer]]\nname = 'w'\nkind = 'batch'\ntrace = 'day.csv'\nrows = 3\n",
     "p.toml:7: key 'writer.rows': comes from the trace; leave it out"},
    {"poisson_cron",
     "[[writer]]\nname = 'w'\nkind = 'batch'\ncron = '* * * * *'\narrival = 'poisson'\n",
     "p.toml:7: key 'writer.arrival': needs `every` or `runs_per_hour`: cron and trace say the "
     "times"},
    {"transaction_above_run",
     WRITER "rows = 10\ntransaction_rows = 20\n",
     "p.toml:9: key 'writer.transaction_rows': is more than the run's 10 rows"},
    {"statement_above_transaction",
     WRITER "rows = 10\ntransaction_rows = 5\nstatement_rows = 6\n",
     "p.toml:10: key 'writer.statement_rows': is more than the transaction's 5 rows"},
    {"spread_of_a_stream",
     WRITER "spread = '1s'\n",
     "p.toml:8: key 'writer.spread': is for kind \"batch\" and \"copy\""},
    {"spread_of_one_transaction",
     "[[writer]]\nname = 'w'\nkind = 'batch'\nevery = '1m'\nspread = '1s'\n",
     "p.toml:7: key 'writer.spread': needs `transaction_rows`: one transaction cannot be spread"},
    {"deadline_within_spread",
     "[[writer]]\nname = 'w'\nkind = 'batch'\nevery = '1m'\nrows = 9\ntransaction_rows = 1\nspread "
     "= "
     "'20s'\ndeadline = '10s'\n",
     "p.toml:10: key 'writer.deadline': is shorter than `spread`: every run would miss it"},
    {"overlap_on_one_connection",
     WRITER "overlap = 'allow'\n",
     "p.toml:8: key 'writer.overlap': \"allow\" needs `connections` of at least 2: one connection "
     "does one run at a time"},
    {"too_few_identifiers",
     WRITER "rows = 501\n",
     "p.toml:8: key 'writer.rows': a run of 501 rows needs as many distinct identifiers and "
     "[pool.site_id] has 500; set its `count` to 501, or drawing = \"repeated\""},
    {"too_few_for_a_trace",
     "[[writer]]\nname = 'w'\nkind = 'batch'\nsql = 'w.sql'\ntrace = 'day.csv'\n",
     "p.toml:3: key 'writer.rows': a run of 900 rows needs as many distinct identifiers and "
     "[pool.site_id] has 500; set its `count` to 900, or drawing = \"repeated\""},
    {"no_sql",
     "[[writer]]\nname = 'w'\nkind = 'stream'\nevery = '1s'\n",
     "p.toml:3: key 'writer.sql': give either `sql`, the name of a file, or `statement`, the text"},
    {"missing_sql",
     "[[writer]]\nname = 'w'\nkind = 'stream'\nevery = '1s'\nsql = 'x.sql'\n",
     "p.toml:7: key 'writer.sql': 'x.sql': cannot be read"},
    {"bad_sql",
     "[[writer]]\nname = 'w'\nkind = 'stream'\nevery = '1s'\nsql = 'open.sql'\n",
     "p.toml:7: key 'writer.sql': open.sql:1: a '(' without its ')'"},
    {"placeholder_without_value",
     "[[writer]]\nname = 'w'\nkind = 'stream'\nevery = '1s'\nstatement = 'select :site'\n",
     "p.toml:3: key 'writer.values': nothing says what ':site' of p.toml:7 is; add it to `values`, "
     "or name a pool so"},
    {"placeholder_nearly_named",
     "[[writer]]\nname = 'w'\nkind = 'stream'\nevery = '1s'\nstatement = 'select :sit_id'\n",
     "p.toml:3: key 'writer.values': nothing says what ':sit_id' of p.toml:7 is; add it to "
     "`values`, or name a pool so (did you mean 'site_id'?)"},
    {"value_without_placeholder",
     WRITER "values = { bytes = 5 }\n",
     "p.toml:8: key 'writer.values': no statement of w.sql has ':bytes'"},
    {"value_of_no_pool",
     WRITER "values = { site_id = { pool = 'site' } }\n",
     "p.toml:8: key 'writer.values.site_id.pool': no [pool.site] in this plan"},
    {"value_of_nothing",
     WRITER "values = { site_id = { } }\n",
     "p.toml:8: 'writer.values.site_id' must have one of pool, from and to, choice, date"},
    {"empty_range",
     WRITER "values = { site_id = { from = 5, to = 5 } }\n",
     "p.toml:8: key 'writer.values.site_id.to': must be more than `from`, and `from` at least 0 "
     "where `logarithmic` is set"},
    {"reads_that_write",
     "[[writer]]\nname = 'w'\nkind = 'reads'\nevery = '1s'\nsql = 'w.sql'\n",
     "p.toml:7: key 'writer.sql': w.sql:1 is no query, and kind \"reads\" only reads"},
    {"copy_without_copy",
     "[[writer]]\nname = 'w'\nkind = 'copy'\nevery = '1s'\nsql = 'w.sql'\n",
     "p.toml:7: key 'writer.sql': kind \"copy\" needs a COPY ... FROM STDIN VALUES (...)"},
    {"bad_sqlstate",
     WRITER "[writer.retry]\nstates = ['deadlock']\n",
     "p.toml:9: key 'writer.retry.states': 'deadlock' is no SQLSTATE of five characters, nor a "
     "class of two"},
    {"share_above_one",
     WRITER "late_share = 1.5\n",
     "p.toml:8: key 'writer.late_share': expected a number from 0 to 1"},
    {"names_run_out",
     WRITER "[pool.x]\ncount = 95\nwidth = 2\nnew_per_day = 100\n",
     "p.toml:10: key 'pool.x.width': 2 digits name 100 identifiers, and there are 103 at the end "
     "of "
     "the run"},
    {"pool_without_count",
     WRITER "[pool.x]\nwidth = 2\n",
     "p.toml:8: key 'pool.x.count': is missing; say how many identifiers there are"},
    {"exponent_of_uniform",
     WRITER "[pool.x]\ncount = 2\nexponent = 1.5\n",
     "p.toml:10: key 'pool.x.exponent': is for skew = \"zipf\""},
    {"target_scheme",
     WRITER "[target]\nurl = 'mysql://x'\n",
     "p.toml:9: key 'target.url': expected postgresql://HOST/DATABASE, or nothing"},
    {"settings_of_a_named_target",
     WRITER "[target]\nurl = 'postgresql://x/y'\nsettings = { fsync = false }\n",
     "p.toml:10: key 'target.settings': are for a private PostgreSQL; a named one keeps its own"},
    {"reserved_setting",
     WRITER "[target.settings]\nport = 5432\n",
     "p.toml:9: key 'target.settings.port': is the simulator's own; leave it out"},
    {"missing_schema",
     WRITER "[target]\nschema = 'x.sql'\n",
     "p.toml:9: key 'target.schema': 'x.sql': cannot be read"},
    {"prefill_of_no_pool",
     WRITER "[[prefill]]\npool = 'x'\ndays = 1\nsql = 'copy.sql'\n",
     "p.toml:9: key 'prefill.pool': no [pool.x] in this plan"},
    {"prefill_without_copy",
     WRITER "[[prefill]]\npool = 'site_id'\ndays = 1\nsql = 'w.sql'\n",
     "p.toml:11: key 'prefill.sql': expected one COPY ... FROM STDIN VALUES (...)"},
    {"ageing_by_nobody",
     WRITER "[[prefill]]\npool = 'site_id'\ndays = 1\nsql = 'copy.sql'\nageing_writer = 'v'\n"
            "ageing_rounds = 1\n",
     "p.toml:12: key 'prefill.ageing_writer': no writer 'v' (did you mean 'w'?)"},
    {"fault_of_no_writer",
     WRITER "[[fault]]\nkind = 'kill'\nat = '1m'\nwriter = 'x'\n",
     "p.toml:11: key 'fault.writer': no writer 'x' (did you mean 'w'?)"},
    {"fault_after_the_end",
     WRITER "[[fault]]\nkind = 'restart'\nat = '3h'\n",
     "p.toml:10: key 'fault.at': '3h' is not from 0s to 2h"},
    {"lock_of_nothing",
     WRITER "[[fault]]\nkind = 'lock'\nat = '1m'\n",
     "p.toml:8: key 'fault.table': is missing; say which table is locked"},
    {"missing_second_schema",
     WRITER "[target]\nschema = ['w.sql', 'x.sql']\n",
     "p.toml:9: key 'target.schema': 'x.sql': cannot be read"},
    {"schema_of_numbers",
     WRITER "[target]\nschema = [1]\n",
     "p.toml:9: key 'target.schema': expected a list of texts"},
    {"disk_of_a_named_target",
     WRITER "[target]\nurl = 'postgresql://x/y'\ndisk = '1GB'\n",
     "p.toml:10: key 'target.disk': is of a private PostgreSQL; a named one keeps its own"},
    {"disk_too_small",
     WRITER "[target]\ndisk = '10MB'\n",
     "p.toml:9: key 'target.disk': is less than 200MB, what an empty PostgreSQL needs"},
    {"bad_rtt",
     WRITER "[target]\nrtt = '20s'\n",
     "p.toml:9: key 'target.rtt': '20s' is not from 0s to 10s"},
    {"unknown_fault",
     WRITER "[[fault]]\nkind = 'blackhole'\nat = '1m'\n",
     "p.toml:9: key 'fault.kind': 'blackhole' is not one of kill, terminate, pause, lock, restart, "
     "black_hole, delay, disk_full (did you mean 'black_hole'?)"},
    {"key_of_another_fault",
     WRITER "[[fault]]\nkind = 'delay'\nat = '1m'\nends = 'cut'\n",
     "p.toml:11: unknown key 'fault.ends'"},
    {"disk_full_of_a_named_target",
     "[target]\nurl = 'postgresql://x/y'\n" WRITER "[[fault]]\nkind = 'disk_full'\nat = '1m'\n",
     "p.toml:11: key 'fault.kind': \"disk_full\" needs a private PostgreSQL, and [target] has a "
     "url"},
    {"random_among_unknown",
     WRITER "[[fault]]\nkind = 'random'\namong = ['kil']\n",
     "p.toml:10: key 'fault.among': 'kil' is not one of kill, terminate, pause, lock, restart, "
     "black_hole, delay, disk_full (did you mean 'kill'?)"},
    {"random_too_often",
     WRITER "[[fault]]\nkind = 'random'\nevery = '1ms'\n",
     "p.toml:10: key 'fault.every': makes more than 10000 faults"},
    {"verify_of_nothing",
     WRITER "[writer.verify]\nrows = 1\n",
     "p.toml:8: key 'writer.verify.query': give one of query, marker, total and repeatable"},
    {"verify_of_reads",
     "[[writer]]\nname = 'w'\nkind = 'reads'\nevery = '1s'\nsql = 'read.sql'\n"
     "verify = { marker = 't.a' }\n",
     "p.toml:8: key 'writer.verify.query': kind \"reads\" writes nothing that could be verified"},
    {"verify_by_no_column",
     WRITER "verify = { marker = 'batch' }\n",
     "p.toml:8: key 'writer.verify.marker': 'batch': expected TABLE.COLUMN, as in cdn_batch.batch"},
    {"verify_twice",
     WRITER "verify = { marker = 't.a', query = 'select 1, 2' }\n",
     "p.toml:8: key 'writer.verify.marker': give either `query` or `marker`"},
    {"verify_a_total_of_no_number",
     WRITER "verify = { total = 'select 1', of = 'site_id' }\n",
     "p.toml:8: key 'writer.verify.of': 'site_id' is no placeholder of this writer with whole "
     "numbers in `values`"},
    {"bad_start", WRITER "[x]\n", "p.toml:8: unknown key 'x'"},
    {"bad_size",
     WRITER "[objectives]\nwal_per_day = '5 GB'\n",
     "p.toml:9: key 'objectives.wal_per_day': '5 GB' is no size; expected a number and kB, MB, GB, "
     "TB, KiB, MiB, GiB or TiB, as in 50GB"},
};
#undef WRITER

INSTANTIATE_TEST_SUITE_P(Cases, WrongPlan, testing::ValuesIn(wrong_cases), [](const auto& test) {
    return test.param.name;
});

struct WrongTopCase {
    const char* name;
    const char* text;
    const char* complaint;
};

class WrongTopOfPlan : public testing::TestWithParam<WrongTopCase> {};

TEST_P(WrongTopOfPlan, is_told_in_one_line_with_its_place) {
    const Result<Plan> plan = parse_plan(GetParam().text, "p.toml", test::files_of(files));
    ASSERT_FALSE(plan.has_value());
    EXPECT_EQ(plan.error().message, GetParam().complaint);
}

constexpr WrongTopCase wrong_top_cases[] = {
    {"start",
     "start = '2026-11-31T00:00:00Z'\n",
     "p.toml:1: key 'start': '2026-11-31T00:00:00Z' is no instant; expected UTC, as in "
     "2026-11-02T00:05:00Z"},
    {"warm_up",
     "duration = '1m'\nwarm_up = '1m'\n",
     "p.toml:2: key 'warm_up': leaves nothing of `duration` to judge"},
    {"dates", "dates = 'go'\n", "p.toml:1: key 'dates': 'go' is not one of advance, stay"},
    {"seed",
     "seed = -1\n",
     "p.toml:1: key 'seed': expected a whole number from 0 to 9223372036854775807"},
};
INSTANTIATE_TEST_SUITE_P(Cases,
                         WrongTopOfPlan,
                         testing::ValuesIn(wrong_top_cases),
                         [](const auto& test) { return test.param.name; });

TEST(LoadPlan, fails_for_a_file_that_is_not_there) {
    const Result<Plan> plan = load_plan("no/such/plan.toml");
    ASSERT_FALSE(plan.has_value());
    EXPECT_EQ(plan.error().kind, ErrorKind::not_found);
    EXPECT_EQ(plan.error().message, "plan: 'no/such/plan.toml': cannot be read");
}

}  // namespace
}  // namespace tidemark::simulate
