#pragma once
// Whether two arms differ in a figure, from runs of both by turns.
//
// Two bars must be passed. The mean of the pairs' differences has a 95 % interval by the bootstrap
// (Efron 1979: resampled pairs, percentiles) that does not contain 0. And it is larger than the
// noise floor: the furthest apart that two runs of one and the same arm were, at least 1 %. With
// five pairs the interval alone would call a difference about one time in ten where there is none.
//
// Amounts and times are compared by ratio, on a logarithmic scale: what doubles a latency doubles
// its scatter too. Shares, and figures of which one is 0, are compared by difference.

#include <span>

namespace tidemark::simulate {

enum class Measure { by_ratio, by_difference };

// Of B against A: B / A where it is by ratio, B - A in the figure's unit otherwise.
struct PairedDifference {
    double mean_a = 0;
    double mean_b = 0;
    Measure measure = Measure::by_difference;
    double difference = 0;  // the mean of the pairs', of ratios the geometric one
    double low = 0;         // at 95 %
    double high = 0;
    double noise_floor = 0;  // of ratios at least 1.01
    bool found = false;
};

// The figure in the runs of A and of B, pair by pair; both are of one length, at least 1, and none
// is negative. By ratio only where none is 0. The same figures give the same answer.
PairedDifference paired_difference(std::span<const double> a,
                                   std::span<const double> b,
                                   Measure measure);

}  // namespace tidemark::simulate
