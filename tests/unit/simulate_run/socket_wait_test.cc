#include "simulate/run/socket_wait.h"

#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "simulate/run/monotonic.h"

namespace tidemark::simulate {
namespace {

TEST(BlockingWait, ends_with_something_to_receive_room_to_send_or_the_instant) {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    const std::int64_t until_us = monotonic_us() + 3000;
    EXPECT_FALSE(blocking_wait().for_socket(ends[0], false, until_us));
    EXPECT_GE(monotonic_us(), until_us);
    EXPECT_TRUE(blocking_wait().for_socket(ends[0], true, INT64_MAX));
    close(ends[1]);
    EXPECT_TRUE(blocking_wait().for_socket(ends[0], false, INT64_MAX)) << "the end is received";
    close(ends[0]);
    EXPECT_TRUE(blocking_wait().for_socket(-1, false, INT64_MAX)) << "closed";
}

}  // namespace
}  // namespace tidemark::simulate
