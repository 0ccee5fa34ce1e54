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

PairedDifference paired_difference(std::span<const double> a,
                                   std::span<const double> b,
                                   Measure measure) {
    TIDEMARK_CHECK(!a.empty() && a.size() == b.size());
    const auto positive = [](double value) { return value > 0; };
    const bool by_ratio = measure == Measure::by_ratio && std::ranges::all_of(a, positive) &&
                          std::ranges::all_of(b, positive);
    const auto scaled = [by_ratio](std::span<const double> values) {
        std::vector<double> all(values.begin(), values.end());
        std::ranges::transform(all, all.begin(), [by_ratio](double value) {
            return by_ratio ? std::log(value) : value;
        });
        return all;
    };
    const std::vector<double> in_a = scaled(a);
    const std::vector<double> in_b = scaled(b);
    std::vector<double> differences;
    for (std::size_t pair = 0; pair < a.size(); ++pair) {
        differences.push_back(in_b[pair] - in_a[pair]);
    }
    const std::vector<double> means = bootstrap_means(differences);
    const auto cut = static_cast<std::size_t>(tail * static_cast<double>(resamples));
    const double low = means[cut];
    const double high = means[resamples - 1 - cut];
    const double difference = mean(differences);
    PairedDifference found{.mean_a = mean(a), .mean_b = mean(b)};
    const double negligible = by_ratio ? std::log1p(negligible_share)
                                       : negligible_share * (found.mean_a + found.mean_b) / 2;
    const double noise = std::max({range(in_a), range(in_b), negligible});
    found.found = (low > 0 || high < 0) && std::abs(difference) > noise;
    found.measure = by_ratio ? Measure::by_ratio : Measure::by_difference;
    const auto shown = [by_ratio](double value) { return by_ratio ? std::exp(value) : value; };
    found.difference = shown(difference);
    found.low = shown(low);
    found.high = shown(high);
    found.noise_floor = shown(noise);
    return found;
}

}  // namespace tidemark::simulate
