#include "base/random.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <random>

#include "base/check.h"

namespace tidemark {

namespace {

// SplitMix64: spreads a seed over the state, as the authors of xoshiro recommend.
std::uint64_t split_mix(std::uint64_t& state) {
    state += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
}

// FNV-1a, only to turn a stream's name into a number.
std::uint64_t hash_name(std::string_view name) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char character : name) {
        hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001B3U;
    }
    return hash;
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view name) {
    std::uint64_t spread = seed ^ hash_name(name);
    for (std::uint64_t& word : state_) {
        word = split_mix(spread);
    }
}

std::uint64_t RandomStream::next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
    TIDEMARK_CHECK(bound > 0);
    // Lemire's multiply-and-reject (2019): unbiased without a division on the usual path.
    __extension__ using Wide = unsigned __int128;
    Wide product = static_cast<Wide>(next()) * bound;
    if (static_cast<std::uint64_t>(product) < bound) {
        const std::uint64_t threshold = (0 - bound) % bound;
        while (static_cast<std::uint64_t>(product) < threshold) {
            product = static_cast<Wide>(next()) * bound;
        }
    }
    return static_cast<std::uint64_t>(product >> 64U);
}

double RandomStream::unit() {
    return static_cast<double>(next() >> 11U) * 0x1.0p-53;
}

double RandomStream::normal() {
    // Box and Muller; one of the pair is thrown away, which keeps the stream free of hidden state.
    const double radius = std::sqrt(-2.0 * std::log(1.0 - unit()));
    return radius * std::cos(2.0 * std::numbers::pi * unit());
}

std::uint64_t unpredictable_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace tidemark
