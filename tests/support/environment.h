#pragma once
// What the environment says about a test's length and randomness.

#include <cstdint>

namespace tidemark::test {

// A whole number from the environment: how long a test goes on, and from which seed.
std::uint64_t number_from_environment(const char* variable, std::uint64_t otherwise);

// TIDEMARK_SEED, or another one each time; printed, so that a failure can be repeated.
std::uint64_t announced_seed();

}  // namespace tidemark::test
