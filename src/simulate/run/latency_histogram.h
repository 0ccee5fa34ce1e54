#pragma once
// LatencyHistogram: how often each latency came, to three significant digits, from microseconds to
// years. Histograms of processes and stretches of time add up to the histogram of all of it.
//
// The layout is HdrHistogram's: 2,048 cells of 1 us, then 1,024 cells for every doubling.

#include <cstdint>
#include <vector>

namespace tidemark::simulate {

class LatencyHistogram {
 public:
    // Negative values count as 0: a clock that was read a moment early.
    void add(std::int64_t value_us, std::uint64_t times = 1);
    void merge(const LatencyHistogram& other);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::int64_t max_us() const { return max_us_; }
    [[nodiscard]] double mean_us() const;

    // The smallest latency that at least this share of all values does not exceed, as the upper end
    // of its cell and at most the maximum; 0 when there are none. share in [0, 1].
    [[nodiscard]] std::int64_t at_share(double share) const;
    // The latency of the rank-th smallest value, from 1.
    [[nodiscard]] std::int64_t at_rank(std::uint64_t rank) const;

    [[nodiscard]] std::uint64_t count_above(std::int64_t value_us) const;

    bool operator==(const LatencyHistogram&) const = default;

 private:
    std::vector<std::uint64_t> cells_;
    std::uint64_t count_ = 0;
    std::int64_t max_us_ = 0;
    double sum_us_ = 0;
};

}  // namespace tidemark::simulate
