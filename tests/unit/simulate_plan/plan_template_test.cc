#include "simulate/plan/plan_template.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "plan_text.h"

namespace tidemark::simulate {
namespace {

// The template's plan with only what it calls required.
constexpr const char* without_defaults = R"(
[target]
schema_statements = """
create table counter (
    site_id text collate "C" not null,
    date date not null,
    value bigint not null,
    primary key (date, site_id));
create table event (
    batch bigint not null,
    site_id text collate "C" not null,
    date date not null,
    bytes bigint not null);
"""
[pool.site_id]
prefix = "site_"
count = 2000
[[writer]]
name = "counters"
kind = "stream"
every = "30s"
statement = """
insert into counter (site_id, date, value)
select * from unnest(:site_id::text[], :utc_date::date[], :value::bigint[])
on conflict (date, site_id) do update set value = excluded.value;
"""
values = { value = { from = 0, to = 1_000_000_000 } }
[[writer]]
name = "events"
kind = "copy"
runs_per_hour = 2
rows = 1000
transaction_rows = 100
spread = "8m"
statement = """
copy event (batch, site_id, date, bytes)
from stdin values (:run, :site_id, :utc_date, :bytes);
"""
values = { bytes = { from = 1, to = 1_000_000_000, logarithmic = true } }
[[writer]]
name = "report"
kind = "reads"
every = "10s"
statement = "select sum(value) from counter where site_id = :site_id and date = :utc_date;"
[[prefill]]
pool = "site_id"
days = 30
ageing_writer = "counters"
statement = "copy counter (site_id, date, value) from stdin values (:site_id, :utc_date, :value);"
values = { value = { from = 0, to = 1_000_000_000 } }
)";

void forget_lines(std::vector<Statement>& statements) {
    for (Statement& statement : statements) {
        statement.line = 0;
    }
}

// Lines differ between the two texts, and nothing else may.
Plan without_lines(Plan plan) {
    for (Writer& writer : plan.writers) {
        writer.line = 0;
        forget_lines(writer.statements);
    }
    for (Prefill& prefill : plan.prefills) {
        forget_lines(prefill.statements);
    }
    return plan;
}

TEST(PlanTemplate, says_the_defaults_that_hold) {
    const Result<Plan> full = parse_plan(plan_template(), "plan.toml", test::files_of({}));
    ASSERT_TRUE(full.has_value()) << full.error().message;
    const Result<Plan> bare = parse_plan(without_defaults, "plan.toml", test::files_of({}));
    ASSERT_TRUE(bare.has_value()) << bare.error().message;
    EXPECT_EQ(without_lines(*full), without_lines(*bare));
}

// Every key that a reader of plans asks for, by its call in the sources.
TEST(PlanTemplate, names_every_key_that_is_read) {
    const std::regex call(
        R"((?:read(?:_span|_share|_size|_word)?\((?:\s*reader,)?|find_tables?\()\s*"(\w+)\")");
    int keys = 0;
    for (const char* source :
         {"plan_reader.cc", "writer_reader.cc", "fault_reader.cc", "reading.cc"}) {
        const auto path = std::filesystem::path(TIDEMARK_SOURCE_DIR) / "src/simulate/plan" / source;
        std::ifstream stream(path);
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        ASSERT_FALSE(text.empty()) << path;
        for (auto match = std::sregex_iterator(text.begin(), text.end(), call);
             match != std::sregex_iterator();
             ++match) {
            ++keys;
            const std::regex named("\\b" + (*match)[1].str() + "\\b");
            EXPECT_TRUE(std::regex_search(std::string(plan_template()), named))
                << (*match)[1].str();
        }
    }
    EXPECT_GT(keys, 60);
}

}  // namespace
}  // namespace tidemark::simulate
