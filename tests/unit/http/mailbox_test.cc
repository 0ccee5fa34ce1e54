#include "http/mailbox.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tidemark::http {
namespace {

TEST(Mailbox, says_when_the_first_comes_and_gives_all_in_order) {
    Mailbox<int> mailbox;
    EXPECT_TRUE(mailbox.put(1));
    EXPECT_FALSE(mailbox.put(2));
    EXPECT_EQ(mailbox.take_all(), (std::vector<int>{1, 2}));
    EXPECT_TRUE(mailbox.put(3));
    EXPECT_EQ(mailbox.take_all(), (std::vector<int>{3}));
    EXPECT_TRUE(mailbox.take_all().empty());
}

// Whoever takes as often as he is told to misses nothing.
TEST(Mailbox, loses_nothing_of_several_threads) {
    constexpr int threads_count = 4;
    constexpr int items_each = 10'000;
    Mailbox<int> mailbox;
    std::atomic<int> taken{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < threads_count; ++thread) {
        threads.emplace_back([&] {
            for (int item = 0; item < items_each; ++item) {
                if (mailbox.put(item)) {
                    taken += static_cast<int>(mailbox.take_all().size());
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(taken.load(), threads_count * items_each);
    EXPECT_TRUE(mailbox.take_all().empty());
}

}  // namespace
}  // namespace tidemark::http
