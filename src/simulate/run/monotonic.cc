#include "simulate/run/monotonic.h"

#include <algorithm>
#include <ctime>

namespace tidemark::simulate {

namespace {

constexpr std::int64_t look_every_us = 50'000;

}  // namespace

std::int64_t monotonic_us() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * second_us + now.tv_nsec / 1000;
}

bool sleep_until_us(std::int64_t instant_us, const std::atomic<bool>& stop) {
    for (std::int64_t now_us = monotonic_us(); now_us < instant_us; now_us = monotonic_us()) {
        if (stop) {
            return false;
        }
        const std::int64_t until_us = std::min(instant_us, now_us + look_every_us);
        const timespec until{.tv_sec = until_us / second_us,
                             .tv_nsec = until_us % second_us * 1000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
    }
    return !stop;
}

}  // namespace tidemark::simulate
