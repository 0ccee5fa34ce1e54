#include "simulate/run/row_values.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "simulate/plan/plan_reader.h"

namespace tidemark::simulate {
namespace {

Plan plan_of(std::string_view writer) {
    const std::string text =
        "dates = 'stay'\n[pool.site_id]\nprefix = 'mlw_'\nwidth = 3\ncount = 100\n[[writer]]\n"
        "name = 'w'\nevery = '1s'\n" +
        std::string(writer);
    Result<Plan> plan =
        parse_plan(text, "p.toml", [](const std::string& name) -> Result<std::string> {
            return Error{ErrorKind::not_found, name};
        });
    if (!plan.has_value()) {
        ADD_FAILURE() << plan.error().message;
        return {};
    }
    return std::move(plan).value();
}

struct Made {
    Plan plan;
    Schedule schedule;
    PoolMap pools;

    explicit Made(std::string_view writer)
        : plan(plan_of(writer)),
          schedule(schedule_of(plan, plan.writers.at(0), 0).value()),
          pools(make_pools(plan)) {}

    std::vector<Step> steps(std::uint32_t operation) const {
        return RowValues(plan, plan.writers[0], 0, schedule, pools).steps_of(operation);
    }
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t from = 0;
    for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n', from)) {
        lines.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return lines;
}

TEST(RowValues, are_distinct_over_the_transactions_of_a_run_and_sorted) {
    const Made made(
        "kind = 'copy'\nrows = 100\ntransaction_rows = 30\n"
        "statement = 'copy t (a) from stdin values (:site_id)'\n");
    std::vector<std::string> all;
    for (std::uint32_t operation = 0; operation < 4; ++operation) {
        for (const std::string& line : lines_of(made.steps(operation).at(0).copy_text)) {
            all.push_back(line);
        }
    }
    ASSERT_EQ(all.size(), 100U);
    EXPECT_TRUE(std::ranges::is_sorted(all));
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 100U);
    EXPECT_EQ(all.front(), "mlw_000");
}

TEST(RowValues, are_the_same_in_every_attempt_and_others_in_another_operation) {
    const Made made(
        "kind = 'copy'\nrows = 5\n"
        "statement = 'copy t (a, b) from stdin values (:site_id, :v)'\n"
        "values.v = { from = 0, to = 1_000_000_000 }\n");
    EXPECT_EQ(made.steps(3).at(0).copy_text, made.steps(3).at(0).copy_text);
    EXPECT_NE(made.steps(3).at(0).copy_text, made.steps(4).at(0).copy_text);
}

TEST(RowValues, execute_a_statement_without_rows_once_a_transaction) {
    const Made made(
        "kind = 'stream'\nrows = 6\nstatement_rows = 2\n"
        "statement = 'insert into run values (:operation); insert into t select "
        "unnest(:site_id)'\n");
    const std::vector<Step> steps = made.steps(0);
    ASSERT_EQ(steps.size(), 4U);
    EXPECT_EQ(steps[0].statement, 0U);
    EXPECT_EQ(steps[1].statement, 1U);
    EXPECT_EQ(steps[1].parameters.at(0).type, array_type_of(type_text));
}

TEST(RowValues, send_scalars_for_statements_of_one_row) {
    const Made made(
        "kind = 'stream'\nrows = 3\nstatement_rows = 1\n"
        "statement = 'insert into t values (:site_id, :utc_date, :c)'\nvalues.c = 'x'\n");
    const std::vector<Step> steps = made.steps(0);
    ASSERT_EQ(steps.size(), 3U);
    EXPECT_EQ(steps[0].parameters[0].content.substr(0, 4), "mlw_");
    EXPECT_EQ(steps[0].parameters[1].content.size(), 4U);
    EXPECT_EQ(steps[0].parameters[2].content, "x");
    EXPECT_EQ(steps[0].parameters[2].type, type_unknown);
}

TEST(RowValues, have_late_dates_by_the_share_and_no_later_than_said) {
    const Made made(
        "kind = 'copy'\nrows = 100\nlate_share = 0.5\nlate_days_max = 2\n"
        "statement = 'copy t (a, b) from stdin values (:site_id, :utc_date)'\n");
    std::map<std::string, int> days;
    for (const std::string& line : lines_of(made.steps(0).at(0).copy_text)) {
        ++days[line.substr(line.find('\t') + 1)];
    }
    EXPECT_EQ(days.size(), 3U);
    EXPECT_GT(days["2026-11-02"], 25);
    EXPECT_GT(days["2026-11-01"] + days["2026-10-31"], 25);
}

}  // namespace
}  // namespace tidemark::simulate
