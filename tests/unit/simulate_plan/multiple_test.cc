#include "simulate/plan/multiple.h"

#include <gtest/gtest.h>

#include "plan_text.h"
#include "simulate/plan/schedule.h"

namespace tidemark::simulate {
namespace {

constexpr const char* text = R"toml(
duration = "60s"
warm_up = "6s"
[[writer]]
name = "w"
kind = "stream"
every = "100ms"
statement = "select 1"
[[fault]]
kind = "kill"
at = "30s"
writer = "w"
)toml";

TEST(Multiple, plans_so_many_times_as_much_over_so_many_times_the_duration) {
    const Plan plan = test::plan_of(text);
    const Plan more = at_multiple(plan, 2.5);
    EXPECT_EQ(more.duration, std::chrono::seconds(150));
    EXPECT_EQ(more.warm_up, std::chrono::seconds(15));
    EXPECT_EQ(more.faults.at(0).at, std::chrono::seconds(75));
    EXPECT_EQ(schedule_of(plan, plan.writers[0], 0)->operations.size(), 600U);
    EXPECT_EQ(schedule_of(more, more.writers[0], 0)->operations.size(), 1500U);
    EXPECT_EQ(more.writers, plan.writers);
    EXPECT_EQ(at_multiple(plan, 1), plan);
}

}  // namespace
}  // namespace tidemark::simulate
