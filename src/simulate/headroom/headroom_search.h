#pragma once
// Which multiple of a plan's load is to be run next, until the largest that holds is known.
//
// Up by 1.5 until something breaks, then halving the logarithmic gap until it is at most 5 %, then
// the last pass again three times; one that breaks then counts as broken, and the search goes on
// below it. A step that broke while the generator was late says nothing of the database and is run
// again; after three of them the generator is the limit.

#include <cstdint>
#include <optional>
#include <span>

namespace tidemark::simulate {

enum class StepOutcome : std::uint8_t {
    held,            // no objective was broken
    broken,          // one was
    generator_late,  // one was, and the generator may be why
};

struct HeadroomStep {
    double multiple = 1;
    StepOutcome outcome = StepOutcome::held;
};

// What the steps until now say.
struct HeadroomBracket {
    double held = 0;            // the largest multiple that held each time; 0: none
    double not_held = 0;        // the smallest one that did not; 0: none yet
    bool by_generator = false;  // it was not held because the generator was late
    int confirmations = 0;      // how often `held` held after its first time
};

inline constexpr int confirmations_wanted = 3;

HeadroomBracket bracket_of(std::span<const HeadroomStep> steps);

// The next multiple to run; nothing when the search has come to its end.
std::optional<double> next_multiple(std::span<const HeadroomStep> steps);

}  // namespace tidemark::simulate
