#include "simulate/report/comparison.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "simulate/report/comparison_report.h"

namespace tidemark::simulate {
namespace {

Figures a_run() {
    Figures figures;
    WriterFigures writer{.name = "w"};
    writer.rows = 1000;
    writer.response.add(5000, 100);
    writer.service.add(4000, 100);
    WriterFigures reader{.name = "r", .kind = WriterKind::reads};
    reader.rows = 50;
    figures.writers = {writer, reader};
    figures.database.wal_bytes = 300'000;
    figures.database.full_page_images = 20;
    figures.database.tables = {{.name = "t", .updated = 800, .hot_updated = 600},
                               {.name = "u", .inserted = 10, .updated = 200, .hot_updated = 0}};
    figures.facts.storage = {
        {.name = "t", .rows = 90, .table_bytes = 9000, .index_bytes = 3000, .leaf_density = 0.9},
        {.name = "u", .rows = 10, .table_bytes = 1000, .index_bytes = 1000, .leaf_density = 0.5},
        {.name = "v", .rows = 0, .table_bytes = 0, .index_bytes = 8000}};
    return figures;
}

double value_of(const std::vector<RunFigure>& figures, const std::string& name) {
    const auto found = std::ranges::find(figures, name, &RunFigure::name);
    return found == figures.end() ? -1 : found->value;
}

TEST(ComparedFigures, are_per_row_that_writers_wrote_and_per_row_that_is_there) {
    const std::vector<RunFigure> figures = compared_figures_of(a_run());
    EXPECT_DOUBLE_EQ(value_of(figures, "WAL a row"), 300);  // readers' rows cost none
    EXPECT_DOUBLE_EQ(value_of(figures, "full-page images a 1,000 rows"), 20);
    EXPECT_DOUBLE_EQ(value_of(figures, "HOT updates"), 60);
    EXPECT_DOUBLE_EQ(value_of(figures, "table a row"), 100);
    EXPECT_DOUBLE_EQ(value_of(figures, "indexes a row"), 120);
    EXPECT_DOUBLE_EQ(value_of(figures, "leaf density"), 80);  // by size, of those that are known
    EXPECT_NEAR(value_of(figures, "p99 response of w"), 5, 0.01);
    EXPECT_NEAR(value_of(figures, "p50 service of w"), 4, 0.01);
}

TEST(ComparedFigures, leave_out_what_a_run_does_not_have) {
    Figures figures = a_run();
    figures.database.tables.clear();
    figures.facts.storage.clear();
    figures.writers[0].rows = 0;
    EXPECT_EQ(value_of(compared_figures_of(figures), "HOT updates"), -1);
    EXPECT_EQ(value_of(compared_figures_of(figures), "WAL a row"), -1);
    EXPECT_EQ(value_of(compared_figures_of(figures), "leaf density"), -1);
}

Comparison compared(std::size_t pairs, double in_b) {
    Comparison comparison;
    comparison.facts.label_a = "before <1>";
    comparison.facts.label_b = "after";
    comparison.pairs = pairs;
    ComparedFigure figure{.name = "WAL a row",
                          .unit = "bytes",
                          .a = std::vector<double>(pairs, 6600),
                          .b = std::vector<double>(pairs, in_b)};
    figure.difference = paired_difference(figure.a, figure.b);
    comparison.figures.push_back(figure);
    return comparison;
}

TEST(ComparisonReport, says_the_same_everywhere) {
    const Comparison different = compared(5, 660);
    EXPECT_TRUE(different.found_difference());
    EXPECT_NE(text_report(different).find("different\n"), std::string::npos);
    EXPECT_NE(text_report(different).find("0.1 times"), std::string::npos);
    EXPECT_NE(json_report(different).find("\"conclusion\": \"different\""), std::string::npos);
    EXPECT_NE(html_report(different).find("before &lt;1&gt;"), std::string::npos);

    const Comparison same = compared(5, 6600);
    EXPECT_FALSE(same.found_difference());
    EXPECT_NE(text_report(same).find("\nno difference\n"), std::string::npos);
    EXPECT_NE(json_report(same).find("\"different\": false"), std::string::npos);
}

TEST(ComparisonReport, says_nothing_of_too_few_pairs) {
    const Comparison cut = compared(4, 660);
    EXPECT_FALSE(cut.found_difference());
    EXPECT_NE(text_report(cut).find("too few pairs"), std::string::npos);
}

}  // namespace
}  // namespace tidemark::simulate
