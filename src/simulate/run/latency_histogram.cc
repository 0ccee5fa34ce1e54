#include "simulate/run/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tidemark::simulate {

namespace {

constexpr std::uint64_t linear_cells = 2048;
constexpr std::uint64_t cells_a_doubling = 1024;

std::size_t cell_of(std::int64_t value_us) {
    const auto value = static_cast<std::uint64_t>(value_us);
    if (value < linear_cells) {
        return value;
    }
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 11;
    return linear_cells + (shift - 1) * cells_a_doubling + ((value >> shift) - cells_a_doubling);
}

std::int64_t upper_end(std::size_t cell) {
    if (cell < linear_cells) {
        return static_cast<std::int64_t>(cell);
    }
    const std::uint64_t beyond = cell - linear_cells;
    const std::uint64_t shift = beyond / cells_a_doubling + 1;
    const std::uint64_t value = beyond % cells_a_doubling + cells_a_doubling;
    return static_cast<std::int64_t>(((value + 1) << shift) - 1);
}

}  // namespace

void LatencyHistogram::add(std::int64_t value_us, std::uint64_t times) {
    const std::int64_t value = std::max<std::int64_t>(value_us, 0);
    const std::size_t cell = cell_of(value);
    if (cell >= cells_.size()) {
        cells_.resize(cell + 1);
    }
    cells_[cell] += times;
    count_ += times;
    max_us_ = std::max(max_us_, value);
    sum_us_ += static_cast<double>(value) * static_cast<double>(times);
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
    cells_.resize(std::max(cells_.size(), other.cells_.size()));
    for (std::size_t cell = 0; cell < other.cells_.size(); ++cell) {
        cells_[cell] += other.cells_[cell];
    }
    count_ += other.count_;
    max_us_ = std::max(max_us_, other.max_us_);
    sum_us_ += other.sum_us_;
}

double LatencyHistogram::mean_us() const {
    return count_ == 0 ? 0 : sum_us_ / static_cast<double>(count_);
}

std::int64_t LatencyHistogram::at_share(double share) const {
    return at_rank(static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
}

std::int64_t LatencyHistogram::at_rank(std::uint64_t rank) const {
    std::uint64_t seen = 0;
    for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
        seen += cells_[cell];
        if (seen >= std::max<std::uint64_t>(rank, 1) && seen > 0) {
            return std::min(upper_end(cell), max_us_);
        }
    }
    return max_us_;
}

std::uint64_t LatencyHistogram::count_above(std::int64_t value_us) const {
    std::uint64_t above = 0;
    for (std::size_t cell = cells_.size(); cell > 0 && upper_end(cell - 1) > value_us; --cell) {
        above += cells_[cell - 1];
    }
    return above;
}

}  // namespace tidemark::simulate
