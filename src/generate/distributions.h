#pragma once
// Random draws that give the same values on every machine.
//
// The generator promises equal bytes for equal seeds. The C library's exp(), log() and pow() may
// differ in the last bit from machine to machine, so everything here is integer arithmetic.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace tidemark {

// Fixed-point numbers with 32 fractional bits.
using Fixed = std::int64_t;
inline constexpr Fixed fixed_one = Fixed{1} << 32U;

// A constant of the source as Fixed: 1.77 -> fixed(1.77). Exact to 2^-32.
constexpr Fixed fixed(double value) {
    return static_cast<Fixed>(value * static_cast<double>(fixed_one));
}

// log2(value) for value > 0.
Fixed fixed_log2(std::uint64_t value);

// 2^exponent as Fixed, for exponents in (-32, 31); smaller ones give 0, larger ones the largest.
Fixed fixed_exp2(Fixed exponent);

// A place drawn with the given weights in constant time: Vose's alias method (IEEE Transactions on
// Software Engineering 17, 1991) on integers.
class WeightedChoice {
 public:
    // At least one weight, at most 2^24 of them, each below 2^38, not all 0.
    explicit WeightedChoice(std::span<const std::uint64_t> weights);

    // Rank k (from 0) of `count` with weight (k + 1)^-exponent.
    static WeightedChoice zipf(std::size_t count, double exponent);

    [[nodiscard]] std::size_t size() const { return cells_.size(); }
    // One word of randomness decides both the cell and the side.
    [[nodiscard]] std::size_t draw(std::uint64_t random) const;

 private:
    struct Cell {
        std::uint32_t threshold = 0;  // below it: the cell's own place
        std::uint32_t alias = 0;
    };
    std::vector<Cell> cells_;
};

// Sizes in bytes with a log-normal distribution, by a table of 2^exponent.
//
// The normal deviate is a sum of eight uniform ones (Irwin and Hall), which reaches 4.9 standard
// deviations: with the sigma of web pages, 5,000 times the median.
class LogNormalSize {
 public:
    // `mu` and `sigma` of ln(bytes); the largest size must stay below 2^47.
    LogNormalSize(double mu, double sigma);

    [[nodiscard]] std::int64_t draw(std::uint64_t first, std::uint64_t second) const;

 private:
    Fixed median_log2_;
    Fixed step_log2_;  // for one unit of the sum of eight 16-bit numbers
};

}  // namespace tidemark
