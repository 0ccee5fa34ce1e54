#pragma once
// Seeded randomness: one stream a purpose, all split from one seed, so that adding a draw in one
// place does not change what another place draws.

#include <array>
#include <cstdint>
#include <string_view>

namespace tidemark {

// xoshiro256++ (Blackman and Vigna, 2019, public domain reference). The same seed and name give
// the same numbers on every platform. Not for secrets. One thread at a time.
class RandomStream {
 public:
    RandomStream(std::uint64_t seed, std::string_view name);

    std::uint64_t next();

    // Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);

    // Uniform in [0, 1).
    double unit();

    // Normal with mean 0 and standard deviation 1.
    double normal();

    // True with the given probability.
    bool chance(double probability) { return unit() < probability; }

 private:
    std::array<std::uint64_t, 4> state_{};
};

// A seed that nobody outside can foresee, for hashes of what comes from outside. Safe from any
// thread.
std::uint64_t unpredictable_seed();

}  // namespace tidemark
