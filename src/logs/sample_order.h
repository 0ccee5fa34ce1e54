#pragma once
// SampleOrder: blocks are counted in any order; line numbers and samples come out as if in one.

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "logs/aggregation.h"

namespace tidemark {

// One thread at a time. Holds samples_max samples at most, plus those of one block.
class SampleOrder {
 public:
    explicit SampleOrder(std::size_t samples_max) : samples_max_(samples_max) {}

    // The block's lines and its first samples, numbered within the block from 1. Each sequence
    // comes once.
    void add(std::int64_t sequence, std::int64_t lines, std::vector<RejectedLine> samples);

    // True when no later block can add a sample.
    [[nodiscard]] bool full() const { return samples_.size() >= samples_max_; }

    // Of the blocks that follow each other from the first on.
    [[nodiscard]] std::int64_t lines() const { return lines_; }
    [[nodiscard]] std::vector<RejectedLine> take() && { return std::move(samples_); }

 private:
    struct Waiting {
        std::int64_t lines;
        std::vector<RejectedLine> samples;
    };
    void append(Waiting block);
    void drop_surplus();

    std::size_t samples_max_;
    std::vector<RejectedLine> samples_;
    std::int64_t lines_ = 0;
    std::int64_t next_sequence_ = 0;
    std::map<std::int64_t, Waiting> waiting_;
};

}  // namespace tidemark
