#pragma once
// Microseconds of CLOCK_MONOTONIC: one clock for all processes of a machine, which nobody sets.

#include <atomic>
#include <cstdint>

namespace tidemark::simulate {

constexpr std::int64_t second_us = 1'000'000;

std::int64_t monotonic_us();

// Sleeps until the instant, to within the kernel's precision; returns false as soon as `stop` is
// set, looking every 50 ms.
bool sleep_until_us(std::int64_t instant_us, const std::atomic<bool>& stop);

}  // namespace tidemark::simulate
