#pragma once
// Whether two arms differ in a figure, from runs of both by turns.
//
// Two bars must be passed. The mean of the pairs' differences has a 95 % interval by the bootstrap
// (Efron 1979: resampled pairs, percentiles) that does not contain 0. And it is larger than the
// noise floor: the furthest apart that two runs of one and the same arm were, at least 1 % of the
// figure. With five pairs the interval alone would call a difference about one time in ten where
// there is none.

#include <span>

namespace tidemark::simulate {

struct PairedDifference {
    double mean_a = 0;
    double mean_b = 0;
    double difference = 0;  // of B against A, in the figure's unit
    double low = 0;         // at 95 %
    double high = 0;
    double noise_floor = 0;
    bool found = false;
};

// The figure in the runs of A and of B, pair by pair; both are of one length, at least 1. The same
// figures give the same answer.
PairedDifference paired_difference(std::span<const double> a, std::span<const double> b);

}  // namespace tidemark::simulate
