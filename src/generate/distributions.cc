#include "generate/distributions.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"

namespace tidemark {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::size_t exp2_table_bits = 11;
constexpr std::size_t exp2_table_size = std::size_t{1} << exp2_table_bits;

constexpr std::uint64_t multiply_q62(std::uint64_t left, std::uint64_t right) {
    return static_cast<std::uint64_t>((static_cast<Wide>(left) * right) >> 62U);
}

// 2^(i / 2048) with 62 fractional bits, as a product of the square roots 2^(1/2), 2^(1/4) ...
constexpr std::array<std::uint64_t, exp2_table_size + 1> make_exp2_table() {
    std::array<std::uint64_t, exp2_table_bits> roots{};
    std::uint64_t square = std::uint64_t{2} << 62U;
    for (std::uint64_t& root : roots) {
        std::uint64_t low = std::uint64_t{1} << 62U;
        std::uint64_t high = std::uint64_t{2} << 62U;
        while (high - low > 1) {
            const std::uint64_t middle = low + (high - low) / 2;
            (static_cast<Wide>(middle) * middle <= (static_cast<Wide>(square) << 62U) ? low
                                                                                      : high) =
                middle;
        }
        root = low;
        square = root;
    }
    std::array<std::uint64_t, exp2_table_size + 1> table{};
    for (std::size_t index = 0; index < exp2_table_size; ++index) {
        std::uint64_t power = std::uint64_t{1} << 62U;
        for (std::size_t bit = 0; bit < exp2_table_bits; ++bit) {
            if (((index >> (exp2_table_bits - 1 - bit)) & 1U) != 0) {
                power = multiply_q62(power, roots[bit]);
            }
        }
        table[index] = power;
    }
    table[exp2_table_size] = std::uint64_t{2} << 62U;
    return table;
}

constexpr auto exp2_table = make_exp2_table();

// 2^(fraction / 2^32) with 62 fractional bits; straight lines between the table's points are within
// 2^-24 of the curve.
std::uint64_t exp2_of_fraction(std::uint64_t fraction) {
    const std::size_t index = fraction >> (32U - exp2_table_bits);
    const std::uint64_t rest = fraction & ((std::uint64_t{1} << (32U - exp2_table_bits)) - 1);
    const std::uint64_t low = exp2_table[index];
    const std::uint64_t rise = exp2_table[index + 1] - low;
    return low +
           static_cast<std::uint64_t>((static_cast<Wide>(rise) * rest) >> (32U - exp2_table_bits));
}

}  // namespace

Fixed fixed_log2(std::uint64_t value) {
    TIDEMARK_CHECK(value > 0);
    const int whole = static_cast<int>(std::bit_width(value)) - 1;
    // The mantissa with 62 fractional bits, in [1, 2); each squaring gives one bit of the
    // logarithm.
    std::uint64_t mantissa = value << static_cast<unsigned>(63 - whole) >> 1U;
    Fixed result = Fixed{whole} << 32U;
    for (unsigned bit = 1; bit <= 32; ++bit) {
        const Wide square = (static_cast<Wide>(mantissa) * mantissa) >> 62U;
        const bool carries = (square >> 63U) != 0;
        mantissa = static_cast<std::uint64_t>(carries ? square >> 1U : square);
        if (carries) {
            result += Fixed{1} << (32U - bit);
        }
    }
    return result;
}

Fixed fixed_exp2(Fixed exponent) {
    const std::int64_t whole = exponent >> 32U;
    const std::uint64_t power =
        exp2_of_fraction(static_cast<std::uint64_t>(exponent) & 0xFFFFFFFFU);
    const std::int64_t shift = 30 - whole;  // from 62 to 32 fractional bits
    if (shift >= 64) {
        return 0;
    }
    if (shift < 0) {
        return INT64_MAX;
    }
    return static_cast<Fixed>(power >> static_cast<unsigned>(shift));
}

WeightedChoice::WeightedChoice(std::span<const std::uint64_t> weights) : cells_(weights.size()) {
    TIDEMARK_CHECK(!weights.empty() && weights.size() <= (std::size_t{1} << 24U));
    std::uint64_t sum = 0;
    for (const std::uint64_t weight : weights) {
        sum += weight;
    }
    TIDEMARK_CHECK(sum > 0);
    // Scaled so that the average cell holds exactly `sum`.
    std::vector<std::uint64_t> scaled(weights.size());
    std::vector<std::uint32_t> small;
    std::vector<std::uint32_t> large;
    for (std::uint32_t place = 0; place < weights.size(); ++place) {
        scaled[place] = weights[place] * weights.size();
        (scaled[place] < sum ? small : large).push_back(place);
    }
    while (!small.empty() && !large.empty()) {
        const std::uint32_t poor = small.back();
        const std::uint32_t rich = large.back();
        small.pop_back();
        cells_[poor] = {
            .threshold = static_cast<std::uint32_t>((static_cast<Wide>(scaled[poor]) << 32U) / sum),
            .alias = rich};
        scaled[rich] -= sum - scaled[poor];
        if (scaled[rich] < sum) {
            large.pop_back();
            small.push_back(rich);
        }
    }
    for (const std::uint32_t place : large) {
        cells_[place] = {.threshold = UINT32_MAX, .alias = place};
    }
    for (const std::uint32_t place : small) {
        cells_[place] = {.threshold = UINT32_MAX, .alias = place};
    }
}

WeightedChoice WeightedChoice::zipf(std::size_t count, double exponent) {
    std::vector<std::uint64_t> weights(count);
    const Fixed power = fixed(exponent);
    for (std::size_t rank = 0; rank < count; ++rank) {
        const auto log2 = static_cast<Wide>(fixed_log2(rank + 1));
        const auto scaled = static_cast<Fixed>((log2 * static_cast<Wide>(power)) >> 32U);
        weights[rank] = std::max<std::uint64_t>(static_cast<std::uint64_t>(fixed_exp2(-scaled)), 1);
    }
    return WeightedChoice(weights);
}

std::size_t WeightedChoice::draw(std::uint64_t random) const {
    const std::size_t place = ((random >> 32U) * cells_.size()) >> 32U;
    const Cell cell = cells_[place];
    return static_cast<std::uint32_t>(random) <= cell.threshold ? place : cell.alias;
}

namespace {

constexpr double log2_e = 1.4426950408889634;
constexpr double sixteen_bits = 65536.0;
// Standard deviation of the sum of eight uniform numbers of [0, 1): sqrt(8 / 12).
constexpr double deviation_of_sum = 0.816496580927726;

std::int64_t sum_of_16_bits(std::uint64_t random) {
    return static_cast<std::int64_t>((random & 0xFFFFU) + ((random >> 16U) & 0xFFFFU) +
                                     ((random >> 32U) & 0xFFFFU) + (random >> 48U));
}

}  // namespace

LogNormalSize::LogNormalSize(double mu, double sigma)
    : median_log2_(fixed(mu * log2_e)),
      step_log2_(fixed(sigma * log2_e / deviation_of_sum / sixteen_bits)) {}

std::int64_t LogNormalSize::draw(std::uint64_t first, std::uint64_t second) const {
    constexpr std::int64_t mean_of_sum = 4 * 65535;
    const std::int64_t deviate = sum_of_16_bits(first) + sum_of_16_bits(second) - mean_of_sum;
    const Fixed exponent = median_log2_ + deviate * step_log2_;
    if (exponent < 0) {
        return 0;
    }
    const auto whole = static_cast<unsigned>(exponent >> 32U);
    const std::uint64_t power =
        exp2_of_fraction(static_cast<std::uint64_t>(exponent) & 0xFFFFFFFFU);
    return static_cast<std::int64_t>(power >> (62U - std::min(whole, 46U)));
}

}  // namespace tidemark
