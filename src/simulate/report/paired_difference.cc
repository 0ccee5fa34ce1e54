#include "simulate/report/paired_difference.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.h"
#include "base/random.h"

namespace tidemark::simulate {

namespace {

constexpr std::size_t resamples = 4000;
constexpr double tail = 0.025;
constexpr double negligible_share = 0.01;

double mean(std::span<const double> values) {
    double sum = 0;
    for (const double value : values) {
        sum += value;
    }
    return sum / static_cast<double>(values.size());
}

double range(std::span<const double> values) {
    const auto [least, most] = std::ranges::minmax_element(values);
    return *most - *least;
}

// The means of resampled differences, rising.
std::vector<double> bootstrap_means(std::span<const double> differences) {
    RandomStream random(1, "paired difference");
    std::vector<double> means(resamples);
    for (double& resampled : means) {
        double sum = 0;
        for (std::size_t draw = 0; draw < differences.size(); ++draw) {
            sum += differences[random.below(differences.size())];
        }
        resampled = sum / static_cast<double>(differences.size());
    }
    std::ranges::sort(means);
    return means;
}

}  // namespace

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b) {
    TIDEMARK_CHECK(!a.empty() && a.size() == b.size());
    std::vector<double> differences;
    for (std::size_t pair = 0; pair < a.size(); ++pair) {
        differences.push_back(b[pair] - a[pair]);
    }
    const std::vector<double> means = bootstrap_means(differences);
    const auto cut = static_cast<std::size_t>(tail * static_cast<double>(resamples));
    PairedDifference found{.mean_a = mean(a), .mean_b = mean(b)};
    found.difference = found.mean_b - found.mean_a;
    found.low = means[cut];
    found.high = means[resamples - 1 - cut];
    const double size = (std::abs(found.mean_a) + std::abs(found.mean_b)) / 2;
    found.noise_floor = std::max({range(a), range(b), negligible_share * size});
    found.found =
        (found.low > 0 || found.high < 0) && std::abs(found.difference) > found.noise_floor;
    return found;
}

}  // namespace tidemark::simulate
