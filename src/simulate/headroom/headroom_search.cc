#include "simulate/headroom/headroom_search.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace tidemark::simulate {

namespace {

constexpr double factor_up = 1.5;
constexpr double gap_wanted = 1.05;
constexpr double least_multiple = 0.1;
constexpr double most_multiple = 10'000;
constexpr std::size_t steps_max = 100;
constexpr int late_max = 3;

struct Tally {
    int held = 0;
    int broken = 0;
    int late = 0;

    [[nodiscard]] bool is_not_held() const { return broken > 0 || late >= late_max; }
};

// A step that is to be run again is the last one.
std::map<double, Tally> tally_of(std::span<const HeadroomStep> steps) {
    std::map<double, Tally> tallies;
    for (const HeadroomStep& step : steps) {
        Tally& tally = tallies[step.multiple];
        tally.held += step.outcome == StepOutcome::held ? 1 : 0;
        tally.broken += step.outcome == StepOutcome::broken ? 1 : 0;
        tally.late += step.outcome == StepOutcome::generator_late ? 1 : 0;
    }
    return tallies;
}

}  // namespace

HeadroomBracket bracket_of(std::span<const HeadroomStep> steps) {
    HeadroomBracket bracket;
    for (const auto& [multiple, tally] : tally_of(steps)) {
        if (tally.is_not_held()) {
            bracket.not_held = multiple;
            bracket.by_generator = tally.broken == 0;
            break;  // what held above it did so by luck
        }
        if (tally.held > 0) {
            bracket.held = multiple;
            bracket.confirmations = tally.held - 1;
        }
    }
    return bracket;
}

std::optional<double> next_multiple(std::span<const HeadroomStep> steps) {
    if (steps.empty()) {
        return 1;
    }
    if (steps.size() >= steps_max) {
        return std::nullopt;
    }
    const double last = steps.back().multiple;
    if (steps.back().outcome == StepOutcome::generator_late &&
        !tally_of(steps).at(last).is_not_held()) {
        return last;
    }
    const HeadroomBracket bracket = bracket_of(steps);
    if (bracket.not_held == 0) {
        const double next = bracket.held * factor_up;
        return next > most_multiple ? std::nullopt : std::optional(next);
    }
    if (bracket.held == 0) {
        const double next = bracket.not_held / factor_up;
        return next < least_multiple ? std::nullopt : std::optional(next);
    }
    if (bracket.not_held / bracket.held > gap_wanted) {
        return std::sqrt(bracket.held * bracket.not_held);
    }
    return bracket.confirmations < confirmations_wanted ? std::optional(bracket.held)
                                                        : std::nullopt;
}

}  // namespace tidemark::simulate
