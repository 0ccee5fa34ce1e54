#include "simulate/plan/schedule.h"

#include <algorithm>

#include <fmt/format.h>

#include "plan_text.h"

namespace tidemark::simulate {
namespace {

constexpr std::int64_t second_us = 1'000'000;

Plan plan_with(std::string_view writer, std::string_view top = "duration = '1h'") {
    return test::plan_of(
        fmt::format("{}\n[[writer]]\nname = 'w'\nstatement = 'select 1'\n{}\n", top, writer),
        {{"day.csv",
          "rows,time,writer\n5,2026-11-02 00:10:00,w\n7,2026-11-02 "
          "00:05:00,w\n9,2026-11-02 00:01:00,v\n"}});
}

std::vector<std::int64_t> starts_in_seconds(const Plan& plan, std::int64_t instance = 0) {
    std::vector<std::int64_t> starts;
    const Result<Schedule> schedule = schedule_of(plan, plan.writers.front(), instance);
    if (!schedule.has_value()) {
        ADD_FAILURE() << schedule.error().message;
        return starts;
    }
    for (const PlannedRun& run : schedule->runs) {
        starts.push_back(run.planned_us / second_us);
    }
    return starts;
}

TEST(Schedule, of_a_stream_comes_from_the_plan_and_ends_before_the_end) {
    const Plan plan = plan_with("kind='stream'\nevery='20m'\nphase='10m'");
    EXPECT_EQ(starts_in_seconds(plan), (std::vector<std::int64_t>{600, 1800, 3000}));
}

TEST(Schedule, of_a_batch_is_runs_per_hour) {
    EXPECT_EQ(starts_in_seconds(plan_with("kind='batch'\nruns_per_hour=4")).size(), 4U);
}

TEST(Schedule, of_cron_follows_the_simulated_clock) {
    const Plan plan = plan_with("kind='batch'\ncron='15,45 1 * * *'",
                                "duration='2h'\nstart='2026-11-02T00:30:30Z'");
    EXPECT_EQ(starts_in_seconds(plan), (std::vector<std::int64_t>{2670, 4470}));
}

TEST(Schedule, of_a_trace_has_its_times_and_rows) {
    const Plan plan = plan_with("kind='batch'\ntrace='day.csv'");
    const Result<Schedule> schedule = schedule_of(plan, plan.writers.front(), 0);
    ASSERT_TRUE(schedule.has_value());
    ASSERT_EQ(schedule->runs.size(), 2U);
    EXPECT_EQ(schedule->runs[0].planned_us, 300 * second_us);
    EXPECT_EQ(schedule->runs[0].rows, 7U);
    EXPECT_EQ(schedule->operations[1].rows, 5U);
}

TEST(Schedule, spreads_a_run_evenly_and_loses_no_row) {
    const Plan plan =
        plan_with("kind='batch'\nruns_per_hour=1\nrows=1050\ntransaction_rows=100\nspread='11m'");
    const Result<Schedule> schedule = schedule_of(plan, plan.writers.front(), 0);
    ASSERT_TRUE(schedule.has_value());
    ASSERT_EQ(schedule->operations.size(), 11U);
    std::uint32_t rows = 0;
    for (std::size_t place = 0; place < 11; ++place) {
        EXPECT_EQ(schedule->operations[place].planned_us,
                  static_cast<std::int64_t>(place) * 60 * second_us);
        rows += schedule->operations[place].rows;
    }
    EXPECT_EQ(rows, 1050U);
    EXPECT_EQ(schedule->operations[10].rows, 50U);
}

TEST(Schedule, staggers_instances_when_asked_and_aligns_them_otherwise) {
    const Plan staggered = plan_with("kind='stream'\nevery='30m'\ninstances=3\nstaggered=true");
    EXPECT_EQ(starts_in_seconds(staggered, 2).front(), 1200);
    const Plan aligned = plan_with("kind='stream'\nevery='30m'\ninstances=3");
    EXPECT_EQ(starts_in_seconds(aligned, 2).front(), 0);
}

TEST(Schedule, is_the_same_for_the_same_seed_only) {
    const char* jittered = "kind='stream'\nevery='10s'\njitter='5s'";
    const Plan one = plan_with(jittered, "duration='1h'\nseed=1");
    const Plan same = plan_with(jittered, "duration='1h'\nseed=1");
    const Plan other = plan_with(jittered, "duration='1h'\nseed=2");
    EXPECT_EQ(starts_in_seconds(one), starts_in_seconds(same));
    EXPECT_NE(starts_in_seconds(one), starts_in_seconds(other));
    EXPECT_NE(starts_in_seconds(one, 0), starts_in_seconds(one, 1));
}

TEST(Schedule, jitter_delays_by_less_than_it_says) {
    const Plan plan = plan_with("kind='stream'\nevery='10s'\njitter='5s'");
    const std::vector<std::int64_t> starts = starts_in_seconds(plan);
    ASSERT_EQ(starts.size(), 360U);
    for (std::size_t place = 0; place < starts.size(); ++place) {
        EXPECT_GE(starts[place], static_cast<std::int64_t>(place) * 10);
        EXPECT_LT(starts[place], static_cast<std::int64_t>(place) * 10 + 5);
    }
}

// The gaps of a Poisson process have a standard deviation equal to their mean.
TEST(Schedule, poisson_arrivals_have_the_mean_and_the_spread_of_one) {
    const Plan plan = plan_with("kind='stream'\nevery='1s'\narrival='poisson'", "duration='3h'");
    const Result<Schedule> schedule = schedule_of(plan, plan.writers.front(), 0);
    ASSERT_TRUE(schedule.has_value());
    const auto count = static_cast<double>(schedule->runs.size());
    EXPECT_NEAR(count, 10'800, 350);
    double squares = 0;
    for (std::size_t place = 1; place < schedule->runs.size(); ++place) {
        const double gap_s = static_cast<double>(schedule->runs[place].planned_us -
                                                 schedule->runs[place - 1].planned_us) /
                             second_us;
        squares += (gap_s - 1) * (gap_s - 1);
    }
    EXPECT_NEAR(squares / count, 1, 0.1);
}

TEST(Schedule, refuses_more_than_it_can_hold) {
    const Plan plan = plan_with("kind='stream'\nevery='1us'", "duration='1d'");
    const Result<Schedule> schedule = schedule_of(plan, plan.writers.front(), 0);
    ASSERT_FALSE(schedule.has_value());
    EXPECT_EQ(schedule.error().kind, ErrorKind::invalid_input);
}

TEST(RunsPerDay, follow_from_each_kind_of_start) {
    const auto of = [](const Plan& plan) { return runs_per_day(plan, plan.writers.front()); };
    EXPECT_DOUBLE_EQ(of(plan_with("kind='stream'\nevery='30s'")), 2880);
    EXPECT_DOUBLE_EQ(of(plan_with("kind='batch'\nruns_per_hour=2")), 48);
    EXPECT_DOUBLE_EQ(of(plan_with("kind='batch'\ncron='0 0 * * mon'")), 1.0 / 7);
    EXPECT_DOUBLE_EQ(of(plan_with("kind='batch'\ntrace='day.csv'")), 2);
}

}  // namespace
}  // namespace tidemark::simulate
