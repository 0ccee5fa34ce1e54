#include "simulate/run/operation_queue.h"

#include <gtest/gtest.h>

namespace tidemark::simulate {
namespace {

constexpr std::int64_t second_us = 1'000'000;

// Two runs of two operations: run 0 at 0 s and 2 s, run 1 at 1 s and 3 s.
Schedule two_runs() {
    return {.runs = {{.planned_us = 0, .first_operation = 0, .operations = 2, .rows = 2},
                     {.planned_us = second_us, .first_operation = 2, .operations = 2, .rows = 2}},
            .operations = {{.planned_us = 0, .run = 0, .rows = 1},
                           {.planned_us = 2 * second_us, .run = 0, .rows = 1},
                           {.planned_us = second_us, .run = 1, .rows = 1},
                           {.planned_us = 3 * second_us, .run = 1, .rows = 1}}};
}

const std::vector<std::uint32_t> all = {0, 1, 2, 3};
const std::atomic<bool> go_on{false};

TEST(OperationQueue, hands_out_run_by_run_when_runs_queue) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::queue, all, 1);
    for (const std::uint32_t expected : {0U, 1U, 2U, 3U}) {
        const auto taken = queue.take(go_on);
        ASSERT_TRUE(taken.has_value());
        EXPECT_EQ(taken->operation, expected);
        EXPECT_FALSE(taken->skipped);
        queue.give_back(10 * second_us);
    }
    EXPECT_FALSE(queue.take(go_on).has_value());
}

TEST(OperationQueue, hands_out_by_planned_time_when_runs_may_overlap) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::allow, all, 1);
    for (const std::uint32_t expected : {0U, 2U, 1U, 3U}) {
        EXPECT_EQ(queue.take(go_on)->operation, expected);  // nothing is given back meanwhile
    }
}

TEST(OperationQueue, skips_a_run_that_was_due_before_the_last_one_ended) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::skip, all, 1);
    for (int operation = 0; operation < 2; ++operation) {
        EXPECT_FALSE(queue.take(go_on)->skipped);
        queue.give_back(second_us + 1);
    }
    for (int operation = 0; operation < 2; ++operation) {
        EXPECT_TRUE(queue.take(go_on)->skipped);
        queue.give_back(second_us + 2);
    }
}

TEST(OperationQueue, skips_nothing_when_the_last_run_ended_in_time) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::skip, all, 1);
    for (int operation = 0; operation < 4; ++operation) {
        EXPECT_FALSE(queue.take(go_on)->skipped);
        queue.give_back(second_us);
    }
}

TEST(OperationQueue, looks_ahead_at_each_operation_once_and_at_none_that_was_taken) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::allow, all, 1);
    EXPECT_EQ(queue.look_ahead(1), 0U);
    EXPECT_FALSE(queue.look_ahead(1).has_value());
    ASSERT_TRUE(queue.take(go_on).has_value());
    ASSERT_TRUE(queue.take(go_on).has_value());
    EXPECT_EQ(queue.look_ahead(5), 1U);  // 2 is planned earlier, and was taken
    EXPECT_EQ(queue.look_ahead(5), 3U);
    EXPECT_FALSE(queue.look_ahead(5).has_value());
}

TEST(OperationQueue, plans_on_the_machines_clock) {
    const Schedule schedule = two_runs();
    const OperationQueue queue(schedule, Overlap::queue, all, 60);
    EXPECT_EQ(queue.planned_us(3), 50'000);
}

TEST(OperationQueue, waits_for_the_run_before_only_until_it_is_stopped) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::queue, {1, 2}, 1);
    ASSERT_TRUE(queue.take(go_on).has_value());
    const std::atomic<bool> stop{true};
    EXPECT_FALSE(queue.take(stop).has_value());
}

}  // namespace
}  // namespace tidemark::simulate
