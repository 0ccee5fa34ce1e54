#include "simulate/report/verdict.h"

#include <gtest/gtest.h>

#include "simulate/report/html_report.h"
#include "simulate/report/machine_reports.h"
#include "simulate/report/text_report.h"

namespace tidemark::simulate {
namespace {

TEST(UpperBound, is_wilsons_and_the_rule_of_three_for_none) {
    EXPECT_NEAR(upper_bound(0, 48), 3.0 / 48, 1e-12);  // 48 clean runs bound the share at 6 %
    EXPECT_NEAR(upper_bound(5, 100), 0.0992, 0.0001);
    EXPECT_DOUBLE_EQ(upper_bound(0, 0), 1);
    EXPECT_DOUBLE_EQ(upper_bound(0, 2), 1);
    EXPECT_NEAR(upper_bound(10, 10), 1, 1e-9);
}

struct StandingCase {
    const char* name;
    std::uint64_t hits;
    std::uint64_t count;
    Standing standing;  // against 1 %
};

class Standings : public testing::TestWithParam<StandingCase> {};

TEST_P(Standings, follow_from_figure_and_bound) {
    EXPECT_EQ(standing_of(GetParam().hits, GetParam().count, 0.01), GetParam().standing);
}

constexpr StandingCase standing_cases[] = {
    {"clean_and_many", 0, 300, Standing::held},
    {"clean_and_one_too_few", 0, 299, Standing::unproven},
    {"clean_and_few", 0, 48, Standing::unproven},
    {"nothing_planned", 0, 0, Standing::unproven},
    {"some_within_the_bound", 50, 10'000, Standing::held},
    {"some_near_the_limit", 95, 10'000, Standing::at_risk},
    {"above", 101, 10'000, Standing::broken},
};
INSTANTIATE_TEST_SUITE_P(Cases, Standings, testing::ValuesIn(standing_cases), [](const auto& test) {
    return test.param.name;
});

// A run of one writer, 1,000 transactions of which `late` were late, as if it had been read.
Figures run_with(std::uint64_t late) {
    Figures figures;
    figures.plan.name = "p <&>";
    figures.plan.writers.resize(1);
    figures.plan.writers[0].name = "w";
    figures.plan.writers[0].objectives.p99 = std::chrono::milliseconds(100);
    figures.facts.ended_us = 100'000'000;
    figures.cell_us = 1'000'000;
    figures.simulated_s = 100;
    WriterFigures writer{.name = "w"};
    writer.judged = {.planned = 1000, .committed = 1000};
    writer.counts = writer.judged;
    writer.judged_late = late;
    writer.runs = 1000;
    writer.cells.resize(100);
    for (std::uint64_t place = 0; place < 1000; ++place) {
        const bool is_late = place < late;
        const std::int64_t planned_us = static_cast<std::int64_t>(place) * 100'000;
        const std::int64_t response_us = is_late ? 2'000'000 : 1'000;
        writer.response.add(response_us);
        writer.own.add(10);
        writer.cells[place / 10].response.add(response_us);
        writer.transactions.push_back(
            {.planned_us = planned_us, .ended_us = planned_us + response_us, .committed = true});
    }
    figures.writers = {writer};
    figures.database.points = {{.at_us = 1'000'000}};
    return figures;
}

TEST(Judge, finds_a_clean_run_adequate) {
    const Verdict verdict = judge(run_with(0));
    EXPECT_EQ(verdict.kind, VerdictKind::adequate) << verdict.first_limit;
}

TEST(Judge, names_the_first_limit_and_what_went_on_meanwhile) {
    Figures figures = run_with(20);
    figures.events = {{.at_us = 0, .until_us = 2'000'000, .kind = "lock", .subject = "t"}};
    const Verdict verdict = judge(figures);
    EXPECT_EQ(verdict.kind, VerdictKind::not_adequate);
    EXPECT_NE(verdict.first_limit.find("w: p99 response"), std::string::npos);
    EXPECT_NE(verdict.first_limit.find("fault lock of t: 100 %"), std::string::npos)
        << verdict.first_limit;
}

TEST(Judge, looks_for_the_cause_of_missed_deadlines_by_the_deadline) {
    Figures figures = run_with(20);
    figures.plan.writers[0].objectives.p99 = std::chrono::seconds(10);  // nothing is late by it
    figures.plan.writers[0].deadline = std::chrono::seconds(1);
    figures.writers[0].judged_late = 0;
    figures.writers[0].runs_missed = 20;
    figures.events = {{.at_us = 0, .until_us = 2'000'000, .kind = "lock", .subject = "t"}};
    const Verdict verdict = judge(figures);
    EXPECT_NE(verdict.first_limit.find("w: deadline misses"), std::string::npos);
    EXPECT_NE(verdict.first_limit.find("fault lock of t"), std::string::npos)
        << verdict.first_limit;
}

TEST(Judge, says_that_nothing_stands_out_when_nothing_does) {
    const Verdict verdict = judge(run_with(20));
    EXPECT_NE(verdict.first_limit.find("the load itself"), std::string::npos);
}

TEST(Judge, counts_what_never_began_as_later_than_any_limit) {
    Figures figures = run_with(0);
    figures.writers[0].judged = {.planned = 1000, .committed = 900, .skipped = 100};
    EXPECT_EQ(judge(figures).kind, VerdictKind::not_adequate);
}

TEST(Judge, calls_a_measurement_invalid_whose_generator_was_late) {
    Figures figures = run_with(0);
    for (int times = 0; times < 100; ++times) {
        figures.writers[0].own.add(50'000);  // half of the objective, for one in eleven
    }
    const Verdict verdict = judge(figures);
    EXPECT_EQ(verdict.kind, VerdictKind::invalid);
    ASSERT_EQ(verdict.invalid_for.size(), 1U);
    EXPECT_NE(verdict.invalid_for[0].find("generator"), std::string::npos);
}

TEST(Judge, calls_an_interrupted_run_invalid) {
    Figures figures = run_with(0);
    figures.facts.interrupted = true;
    EXPECT_EQ(judge(figures).kind, VerdictKind::invalid);
}

TEST(Judge, finds_a_doubled_transaction_and_a_sequence_that_runs_out) {
    Figures figures = run_with(0);
    figures.facts.findings = {{.kind = "doubled", .writer = "w"}};
    EXPECT_EQ(judge(figures).kind, VerdictKind::not_adequate);
    // 2,000 numbers in 30 s of a 4-byte column last a year.
    Figures burning = run_with(0);
    burning.simulated_s = 30;
    burning.facts.sequences = {
        {.name = "public.t_id_seq", .first = 100, .last = 2100, .limit = 2'147'483'647}};
    const Verdict verdict = judge(burning);
    EXPECT_EQ(verdict.kind, VerdictKind::not_adequate);
    EXPECT_NE(verdict.first_limit.find("exhausted on 2027-11-09, after 373 days"),
              std::string::npos)
        << verdict.first_limit;
}

TEST(Judge, warns_of_updates_that_are_not_hot_and_names_the_index) {
    Figures figures = run_with(0);
    figures.database.tables = {{.name = "public.t", .updated = 40'000}};
    const Verdict verdict = judge(figures);
    EXPECT_EQ(verdict.kind, VerdictKind::at_risk);
    EXPECT_NE(verdict.first_limit.find("an index has a column that is updated"), std::string::npos);

    figures.facts.indexes = {{.table = "public.t", .name = "t_pkey", .columns = {"site_id"}},
                             {.table = "public.t", .name = "t_n", .columns = {"n"}},
                             {.table = "public.u", .name = "u_n", .columns = {"n"}}};
    Statement upsert;
    upsert.table = "t";
    upsert.changed = {"n"};
    figures.plan.writers[0].statements = {upsert};
    EXPECT_NE(judge(figures).first_limit.find("index t_n has column n"), std::string::npos);
}

TEST(Judge, names_the_index_whose_key_order_fills_the_log_with_pages) {
    Figures figures = run_with(0);
    figures.simulated_s = 86400;
    figures.database.points = {{.at_us = 1}};
    figures.database.wal_bytes = 10'000'000;
    figures.database.full_page_images = 1000;
    figures.database.tables = {{.name = "public.t", .inserted = 2000}};
    EXPECT_NE(judge(figures).first_limit.find("rows of one transaction lie on many pages"),
              std::string::npos);
    figures.facts.indexes = {{.table = "public.u",
                              .name = "u_pkey",
                              .columns = {"site_id", "date"},
                              .correlations = {0.0, 1.0}},
                             {.table = "public.t",
                              .name = "t_date",
                              .columns = {"date", "site_id"},
                              .correlations = {1.0, 0.0}},
                             {.table = "public.t",
                              .name = "t_pkey",
                              .columns = {"site_id", "date"},
                              .correlations = {0.01, 1.0}}};
    EXPECT_NE(judge(figures).first_limit.find(
                  "index t_pkey of public.t begins with site_id, so rows that come together lie on "
                  "a page each; one that begins with date"),
              std::string::npos)
        << judge(figures).first_limit;
}

TEST(Judge, breaks_on_deadlocks) {
    Figures figures = run_with(0);
    figures.database.deadlocks = 3;
    EXPECT_EQ(judge(figures).kind, VerdictKind::not_adequate);
}

TEST(Reports, say_the_same_verdict_and_escape_what_they_show) {
    Figures figures = run_with(20);
    const Verdict verdict = judge(figures);
    EXPECT_NE(text_report(figures, verdict).find("not adequate"), std::string::npos);
    EXPECT_NE(json_report(figures, verdict).find("\"verdict\": \"not adequate\""),
              std::string::npos);
    EXPECT_NE(junit_report(figures, verdict).find("failures=\"1\""), std::string::npos);
    const std::string html = html_report(figures, verdict);
    EXPECT_NE(html.find("p &lt;&amp;&gt;"), std::string::npos);
    EXPECT_EQ(html.find("p <&>"), std::string::npos);
    EXPECT_EQ(html.find("http"), std::string::npos);  // nothing is fetched
    EXPECT_EQ(html, html_report(figures, judge(figures)));
}

}  // namespace
}  // namespace tidemark::simulate
