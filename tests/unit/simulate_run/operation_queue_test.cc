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
// What nobody before it in line or in the run before keeps from beginning.
OperationQueue::Taken take(OperationQueue& queue) {
    const std::optional<std::size_t> place = queue.line_up();
    EXPECT_TRUE(place.has_value());
    EXPECT_TRUE(queue.may_begin(*place));
    return queue.begin(*place);
}

TEST(OperationQueue, hands_out_run_by_run_when_runs_queue) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::queue, all, 1);
    for (const std::uint32_t expected : {0U, 1U, 2U, 3U}) {
        const OperationQueue::Taken taken = take(queue);
        EXPECT_EQ(taken.operation, expected);
        EXPECT_FALSE(taken.skipped);
        queue.give_back(10 * second_us);
    }
    EXPECT_FALSE(queue.line_up().has_value());
}

TEST(OperationQueue, hands_out_by_planned_time_when_runs_may_overlap) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::allow, all, 1);
    for (const std::uint32_t expected : {0U, 2U, 1U, 3U}) {
        EXPECT_EQ(take(queue).operation, expected);  // nothing is given back meanwhile
    }
}

TEST(OperationQueue, skips_a_run_that_was_due_before_the_last_one_ended) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::skip, all, 1);
    for (int operation = 0; operation < 2; ++operation) {
        EXPECT_FALSE(take(queue).skipped);
        queue.give_back(second_us + 1);
    }
    for (int operation = 0; operation < 2; ++operation) {
        EXPECT_TRUE(take(queue).skipped);
        queue.give_back(second_us + 2);
    }
}

TEST(OperationQueue, skips_nothing_when_the_last_run_ended_in_time) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::skip, all, 1);
    for (int operation = 0; operation < 4; ++operation) {
        EXPECT_FALSE(take(queue).skipped);
        queue.give_back(second_us);
    }
}

TEST(OperationQueue, looks_ahead_at_each_operation_once_and_at_none_that_was_taken) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::allow, all, 1);
    EXPECT_EQ(queue.look_ahead(1), 0U);
    EXPECT_FALSE(queue.look_ahead(1).has_value());
    take(queue);
    take(queue);
    EXPECT_EQ(queue.look_ahead(5), 1U);  // 2 is planned earlier, and was taken
    EXPECT_EQ(queue.look_ahead(5), 3U);
    EXPECT_FALSE(queue.look_ahead(5).has_value());
}

TEST(OperationQueue, plans_on_the_machines_clock) {
    const Schedule schedule = two_runs();
    const OperationQueue queue(schedule, Overlap::queue, all, 60);
    EXPECT_EQ(queue.planned_us(3), 50'000);
}

TEST(OperationQueue, lets_a_run_begin_when_the_one_before_has_ended) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::queue, all, 1);
    take(queue);
    take(queue);
    const std::optional<std::size_t> next_run = queue.line_up();
    ASSERT_TRUE(next_run.has_value());
    EXPECT_FALSE(queue.may_begin(*next_run));
    queue.give_back(second_us);
    EXPECT_FALSE(queue.may_begin(*next_run)) << "one of two has ended";
    queue.give_back(second_us);
    EXPECT_TRUE(queue.may_begin(*next_run));
}

TEST(OperationQueue, lets_nobody_begin_before_those_ahead_in_line) {
    const Schedule schedule = two_runs();
    OperationQueue queue(schedule, Overlap::allow, all, 1);
    const std::size_t first = queue.line_up().value();
    const std::size_t second = queue.line_up().value();
    EXPECT_FALSE(queue.may_begin(second));
    queue.begin(first);
    EXPECT_TRUE(queue.may_begin(second));
}

}  // namespace
}  // namespace tidemark::simulate
