#include "serve/backend_pool.h"

#include <future>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "support/eventually.h"

namespace tidemark {
namespace {

TEST(BackendPool, turns_away_what_neither_runs_nor_may_wait) {
    std::promise<void> let_go;
    const std::shared_future<void> gate(let_go.get_future());
    std::promise<void> begun;
    std::atomic<int> done{0};
    {
        BackendPool pool(
            []() -> Result<std::unique_ptr<Backend>> {
                return Error{ErrorKind::unavailable, "no store here"};
            },
            {.threads = 1, .waiting_max = 2});
        ASSERT_TRUE(pool.submit([&](Result<Backend*>) {
            begun.set_value();
            gate.wait();
            ++done;
        }));
        begun.get_future().wait();
        EXPECT_TRUE(pool.submit([&](Result<Backend*>) { ++done; }));
        EXPECT_TRUE(pool.submit([&](Result<Backend*>) { ++done; }));
        EXPECT_FALSE(pool.submit([&](Result<Backend*>) { ++done; }));
        EXPECT_EQ(pool.busy(), 1U);
        let_go.set_value();
    }
    EXPECT_EQ(done.load(), 3);
}

TEST(BackendPool, opens_anew_for_each_task_until_it_can) {
    std::atomic<int> opened{0};
    std::promise<std::string> second;
    BackendPool pool(
        [&opened]() -> Result<std::unique_ptr<Backend>> {
            return Error{ErrorKind::unavailable, std::to_string(++opened)};
        },
        {.threads = 1, .waiting_max = 2});
    ASSERT_TRUE(pool.submit([](Result<Backend*>) {}));
    ASSERT_TRUE(pool.submit(
        [&second](Result<Backend*> backend) { second.set_value(backend.error().message); }));
    EXPECT_EQ(second.get_future().get(), "2");
}

TEST(BackendPool, has_a_task_done_by_the_thread_that_worked_last) {
    std::set<std::thread::id> threads;  // written by the tasks, one at a time
    BackendPool pool(
        []() -> Result<std::unique_ptr<Backend>> {
            return Error{ErrorKind::unavailable, "no store here"};
        },
        {.threads = 4, .waiting_max = 4});
    for (int count = 0; count < 20; ++count) {
        ASSERT_TRUE(test::eventually([&pool] { return pool.busy() == 0; }));
        ASSERT_TRUE(pool.submit(
            [&threads](Result<Backend*>) { threads.insert(std::this_thread::get_id()); }));
    }
    ASSERT_TRUE(test::eventually([&pool] { return pool.busy() == 0; }));
    EXPECT_EQ(threads.size(), 1U);
}

}  // namespace
}  // namespace tidemark
