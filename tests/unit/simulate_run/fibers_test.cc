#include "simulate/run/fibers.h"

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "simulate/run/monotonic.h"

namespace tidemark::simulate {
namespace {

constexpr std::int64_t never = INT64_MAX;
constexpr std::int64_t millisecond_us = 1000;

struct Wire {
    Wire() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0); }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    ~Wire() {
        close(ends[0]);
        close(ends[1]);
    }
    void send() const { EXPECT_EQ(write(ends[1], "x", 1), 1); }
    void receive() const {
        char byte = 0;
        EXPECT_EQ(read(ends[0], &byte, 1), 1);
    }
    std::array<int, 2> ends{};
};

const std::atomic<bool> go_on{false};

TEST(Fibers, let_the_others_go_on_where_one_waits) {
    const Wire there;
    const Wire back;
    std::string order;
    Fibers fibers(go_on);
    fibers.start([&] {
        order += 'a';
        EXPECT_TRUE(fibers.for_socket(there.ends[0], false, never));
        there.receive();
        order += 'c';
        back.send();
    });
    fibers.start([&] {
        order += 'b';
        there.send();
        EXPECT_TRUE(fibers.for_socket(back.ends[0], false, never));
        order += 'd';
    });
    fibers.run();
    EXPECT_EQ(order, "abcd");
}

TEST(Fibers, run_again_what_is_started_after_a_run) {
    Fibers fibers(go_on);
    int ran = 0;
    for (int round = 0; round < 2; ++round) {
        fibers.start([&ran] { ++ran; });
        fibers.run();
    }
    EXPECT_EQ(ran, 2);
}

TEST(Fibers, wake_in_the_order_of_their_instants_and_not_before) {
    const std::int64_t start_us = monotonic_us();
    std::string order;
    Fibers fibers(go_on);
    for (const int after_ms : {40, 10, 25}) {
        fibers.start([&, after_ms] {
            const std::int64_t instant_us = start_us + after_ms * millisecond_us;
            EXPECT_TRUE(fibers.sleep_until(instant_us));
            EXPECT_GE(monotonic_us(), instant_us);
            order += std::to_string(after_ms) + ' ';
        });
    }
    fibers.run();
    EXPECT_EQ(order, "10 25 40 ");
}

TEST(Fibers, wait_for_a_socket_until_an_instant_alone) {
    const Wire silent;
    Fibers fibers(go_on);
    fibers.start([&] {
        const std::int64_t until_us = monotonic_us() + 5 * millisecond_us;
        EXPECT_FALSE(fibers.for_socket(silent.ends[0], false, until_us));
        EXPECT_GE(monotonic_us(), until_us);
        EXPECT_TRUE(fibers.for_socket(silent.ends[0], true, never)) << "there is room to send";
        EXPECT_TRUE(fibers.for_socket(-1, false, never)) << "a closed socket has nothing to come";
    });
    fibers.run();
}

TEST(Fibers, wait_for_a_socket_anew_that_had_something_while_nobody_waited) {
    const Wire wire;
    Fibers fibers(go_on);
    fibers.start([&] {
        EXPECT_TRUE(fibers.for_socket(wire.ends[0], true, never));
        wire.send();
        EXPECT_TRUE(fibers.sleep_until(monotonic_us() + millisecond_us));
        EXPECT_TRUE(fibers.for_socket(wire.ends[0], false, never));
        wire.receive();
        const std::int64_t until_us = monotonic_us() + millisecond_us;
        EXPECT_FALSE(fibers.for_socket(wire.ends[0], false, until_us)) << "it was received";
    });
    fibers.run();
}

TEST(Fibers, wait_for_another_socket_of_the_same_number) {
    Fibers fibers(go_on);
    fibers.start([&] {
        int number = -1;
        for (int time = 0; time < 2; ++time) {
            const Wire wire;
            EXPECT_TRUE(number == -1 || number == wire.ends[0]);
            number = wire.ends[0];
            wire.send();
            EXPECT_TRUE(fibers.for_socket(number, false, never));
            fibers.forget(number);
        }
    });
    fibers.run();
}

TEST(Fibers, wait_for_a_call) {
    std::string order;
    Fibers fibers(go_on);
    fibers.start([&] {
        EXPECT_TRUE(fibers.wait_for_call());
        order += "called ";
    });
    fibers.start([&] {
        order += "calls ";
        fibers.call();
        EXPECT_TRUE(fibers.sleep_until(monotonic_us() + millisecond_us));
        order += "slept ";
    });
    fibers.run();
    EXPECT_EQ(order, "calls called slept ");
}

TEST(Fibers, stop_sleeping_and_waiting_for_a_call_but_not_for_an_answer) {
    const Wire answer;
    std::atomic<bool> stop{false};
    bool answered = false;
    Fibers fibers(stop);
    fibers.start([&] { EXPECT_FALSE(fibers.sleep_until(never)); });
    fibers.start([&] {
        EXPECT_FALSE(fibers.wait_for_call());
        answer.send();
    });
    fibers.start([&] { answered = fibers.for_socket(answer.ends[0], false, never); });
    fibers.start([&] { stop = true; });
    fibers.run();
    EXPECT_TRUE(answered);
}

void be_busy_for(std::int64_t length_us) {
    const std::int64_t until_us = monotonic_us() + length_us;
    while (monotonic_us() < until_us) {
    }
}

TEST(Fibers, say_how_late_an_answer_was_taken_while_the_thread_was_busy) {
    constexpr std::int64_t busy_us = 2 * millisecond_us;
    const Wire during;
    Fibers fibers(go_on);
    fibers.start([&] {
        EXPECT_TRUE(fibers.for_socket(during.ends[0], false, never));
        EXPECT_GE(fibers.take_lateness_us(), busy_us);
        EXPECT_EQ(fibers.take_lateness_us(), 0) << "it was asked already";
    });
    fibers.start([&] {
        during.send();
        be_busy_for(busy_us);
    });
    fibers.run();
}

TEST(Fibers, say_how_late_an_answer_was_taken_behind_another) {
    constexpr std::int64_t busy_us = 2 * millisecond_us;
    const Wire first;
    const Wire second;
    first.send();
    second.send();
    Fibers fibers(go_on);
    fibers.start([&] {
        EXPECT_TRUE(fibers.for_socket(first.ends[0], false, never));
        be_busy_for(busy_us);
    });
    fibers.start([&] {
        EXPECT_TRUE(fibers.for_socket(second.ends[0], false, never));
        EXPECT_GE(fibers.take_lateness_us(), busy_us);
    });
    fibers.run();
}

TEST(Fibers, do_spare_work_while_all_wait_and_look_between_its_parts) {
    const Wire during;
    std::string order;
    Fibers fibers(go_on);
    fibers.set_spare_work([&, parts = 0](std::int64_t) mutable -> std::int64_t {
        ++parts;
        order += "work ";
        if (parts == 1) {
            during.send();
        }
        return parts < 3 ? 0 : Fibers::no_more;
    });
    fibers.start([&] {
        order += "asks ";
        EXPECT_TRUE(fibers.for_socket(during.ends[0], false, never));
        order += "answered ";
        EXPECT_TRUE(fibers.sleep_until(monotonic_us() + millisecond_us));
        order += "slept";
    });
    fibers.run();
    EXPECT_EQ(order.substr(0, 25), "asks work answered work w");
    EXPECT_EQ(order.substr(order.size() - 5), "slept");
}

TEST(Fibers, call_spare_work_again_once_nothing_has_come_for_as_long_as_it_said) {
    constexpr std::int64_t patience_us = 3 * millisecond_us;
    bool worked = false;
    Fibers fibers(go_on);
    fibers.set_spare_work([&](std::int64_t quiet_us) {
        worked = worked || quiet_us >= patience_us;
        return worked ? Fibers::no_more : patience_us - quiet_us;
    });
    fibers.start([&] {
        for (int time = 0; time < 3; ++time) {
            EXPECT_TRUE(fibers.sleep_until(monotonic_us() + 1));
        }
        // On a busy machine a sleeper may be due before anybody looked.
        for (int time = 0; !worked && time < 1000; ++time) {
            EXPECT_TRUE(fibers.sleep_until(monotonic_us() + 2 * patience_us));
        }
    });
    fibers.run();
    EXPECT_TRUE(worked);
}

}  // namespace
}  // namespace tidemark::simulate
