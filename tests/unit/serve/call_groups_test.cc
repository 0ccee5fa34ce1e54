#include "serve/call_groups.h"

#include <deque>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using Groups = CallGroups<int>;

// Groups whose tasks run when the test says so.
class CallGroupsTest : public testing::Test {
 protected:
    Groups make(const Groups::Limits& limits) {
        return Groups(
            [this](Groups::Task task) {
                if (tasks.size() >= tasks_max) {
                    return false;
                }
                tasks.push_back(std::move(task));
                return true;
            },
            [this](const Result<Backend*>& backend, const std::vector<int>& calls) {
                EXPECT_EQ(backend.has_value() ? "" : backend.error().message, "no store");
                answered.push_back(calls);
                if (meanwhile != nullptr) {
                    std::exchange(meanwhile, nullptr)();
                }
            },
            limits);
    }

    void run_one() {
        Groups::Task task = std::move(tasks.front());
        tasks.pop_front();
        task(Error{ErrorKind::unavailable, "no store"});
    }

    std::size_t tasks_max = 10;
    std::deque<Groups::Task> tasks;
    std::vector<std::vector<int>> answered;
    std::function<void()> meanwhile;
};

using Answers = std::vector<std::vector<int>>;

TEST_F(CallGroupsTest, answer_those_of_a_name_together) {
    Groups groups = make({.waiting_max = 10, .group_least = 10, .group_max = 10, .reads_max = 1});
    EXPECT_TRUE(groups.add("a", 1));
    EXPECT_TRUE(groups.add("b", 2));
    EXPECT_TRUE(groups.add("a", 3));
    EXPECT_EQ(tasks.size(), 2U);
    EXPECT_EQ(groups.waiting(), 3U);
    run_one();
    run_one();
    EXPECT_EQ(answered, (Answers{{1, 3}, {2}}));
    EXPECT_EQ(groups.waiting(), 0U);
    EXPECT_TRUE(tasks.empty());
}

TEST_F(CallGroupsTest, answer_who_comes_during_a_read_with_the_next) {
    Groups groups = make({.waiting_max = 10, .group_least = 10, .group_max = 10, .reads_max = 1});
    EXPECT_TRUE(groups.add("a", 1));
    meanwhile = [&] {
        EXPECT_TRUE(groups.add("a", 2));
        EXPECT_TRUE(groups.add("a", 3));
        EXPECT_TRUE(tasks.empty());
    };
    run_one();
    ASSERT_EQ(tasks.size(), 1U) << "what goes on waits behind others";
    run_one();
    EXPECT_EQ(answered, (Answers{{1}, {2, 3}}));
}

TEST_F(CallGroupsTest, go_on_at_once_where_no_task_is_taken) {
    Groups groups = make({.waiting_max = 10, .group_least = 2, .group_max = 2, .reads_max = 1});
    for (const int call : {1, 2, 3}) {
        EXPECT_TRUE(groups.add("a", call));
    }
    tasks_max = 0;
    run_one();
    EXPECT_EQ(answered, (Answers{{1, 2}, {3}}));
}

TEST_F(CallGroupsTest, answer_the_half_of_many_and_few_at_once) {
    Groups groups = make({.waiting_max = 20, .group_least = 3, .group_max = 6, .reads_max = 1});
    for (int call = 1; call <= 20; ++call) {
        EXPECT_TRUE(groups.add("a", call));
    }
    while (!tasks.empty()) {
        run_one();
    }
    EXPECT_EQ(
        answered,
        (Answers{{1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}, {13, 14, 15, 16}, {17, 18, 19}, {20}}));
}

TEST_F(CallGroupsTest, read_one_name_as_often_at_once_as_they_may) {
    Groups groups = make({.waiting_max = 10, .group_least = 1, .group_max = 1, .reads_max = 2});
    for (const int call : {1, 2, 3}) {
        EXPECT_TRUE(groups.add("a", call));
    }
    EXPECT_EQ(tasks.size(), 2U);
    while (!tasks.empty()) {
        run_one();
    }
    EXPECT_EQ(answered, (Answers{{1}, {2}, {3}}));
}

TEST_F(CallGroupsTest, refuse_what_may_not_wait_or_nobody_would_answer) {
    Groups groups = make({.waiting_max = 2, .group_least = 10, .group_max = 10, .reads_max = 1});
    tasks_max = 0;
    EXPECT_FALSE(groups.add("a", 1));
    EXPECT_EQ(groups.waiting(), 0U);
    tasks_max = 1;
    EXPECT_TRUE(groups.add("a", 2));
    EXPECT_FALSE(groups.add("b", 3)) << "no task is free";
    EXPECT_TRUE(groups.add("a", 4)) << "goes with the one that has a task";
    EXPECT_FALSE(groups.add("a", 5)) << "as many wait as may";
    run_one();
    EXPECT_EQ(answered, (Answers{{2, 4}}));
}

}  // namespace
}  // namespace tidemark
