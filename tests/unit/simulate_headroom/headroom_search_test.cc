#include "simulate/headroom/headroom_search.h"

#include <algorithm>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "simulate/headroom/headroom_report.h"

namespace tidemark::simulate {
namespace {

using System = std::function<StepOutcome(double multiple)>;

std::vector<HeadroomStep> search(const System& system) {
    std::vector<HeadroomStep> steps;
    while (const std::optional<double> multiple = next_multiple(steps)) {
        steps.push_back({.multiple = *multiple, .outcome = system(*multiple)});
    }
    return steps;
}

System of_capacity(double capacity) {
    return [capacity](double multiple) {
        return multiple <= capacity ? StepOutcome::held : StepOutcome::broken;
    };
}

class Capacity : public testing::TestWithParam<double> {};

TEST_P(Capacity, is_found_to_five_percent_and_confirmed) {
    const std::vector<HeadroomStep> steps = search(of_capacity(GetParam()));
    const HeadroomBracket bracket = bracket_of(steps);
    EXPECT_LE(bracket.held, GetParam());
    EXPECT_GT(bracket.not_held, GetParam());
    EXPECT_LE(bracket.not_held / bracket.held, 1.05);
    EXPECT_EQ(bracket.confirmations, confirmations_wanted);
    EXPECT_LE(steps.size(), 30U);
}

INSTANTIATE_TEST_SUITE_P(Cases, Capacity, testing::Values(0.14, 0.5, 1, 1.01, 3.4, 27, 999));

TEST(HeadroomSearch, gives_up_below_a_tenth_and_above_ten_thousand) {
    const HeadroomBracket none = bracket_of(search(of_capacity(0.01)));
    EXPECT_EQ(none.held, 0);
    EXPECT_LT(none.not_held, 0.16);
    const HeadroomBracket all = bracket_of(search(of_capacity(1e9)));
    EXPECT_EQ(all.not_held, 0);
    EXPECT_GT(all.held, 6000);
}

TEST(HeadroomSearch, counts_a_pass_that_breaks_when_it_is_tried_again_as_broken) {
    int times_at_most = 0;
    double most = 0;
    const std::vector<HeadroomStep> steps = search([&](double multiple) {
        if (multiple > 3.4) {
            return StepOutcome::broken;
        }
        times_at_most = multiple == most ? times_at_most + 1 : times_at_most;
        most = std::max(most, multiple);
        return multiple > 3.2 && times_at_most > 0 ? StepOutcome::broken : StepOutcome::held;
    });
    const HeadroomBracket bracket = bracket_of(steps);
    EXPECT_LT(bracket.held, 3.4);
    EXPECT_EQ(bracket.confirmations, confirmations_wanted);
    for (const HeadroomStep& step : steps) {
        EXPECT_TRUE(step.multiple != bracket.held || step.outcome == StepOutcome::held);
    }
}

// Near its limit a system holds at one time and not at another; the search comes to an end.
TEST(HeadroomSearch, ends_where_the_limit_is_blurred) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        RandomStream random(seed, "blurred limit");
        const std::vector<HeadroomStep> steps = search([&random](double multiple) {
            return multiple * (0.8 + 0.4 * random.unit()) <= 5 ? StepOutcome::held
                                                               : StepOutcome::broken;
        });
        const HeadroomBracket bracket = bracket_of(steps);
        EXPECT_GT(bracket.held, 3) << seed;
        EXPECT_LT(bracket.held, 6.3) << seed;
        EXPECT_EQ(bracket.confirmations, confirmations_wanted) << seed;
    }
}

TEST(HeadroomSearch, repeats_a_step_of_a_late_generator_and_then_says_so) {
    int late = 0;
    const std::vector<HeadroomStep> once = search([&late](double multiple) {
        if (multiple > 2 && late++ == 0) {
            return StepOutcome::generator_late;
        }
        return multiple <= 4 ? StepOutcome::held : StepOutcome::broken;
    });
    EXPECT_FALSE(bracket_of(once).by_generator);
    EXPECT_GT(bracket_of(once).held, 3.8);

    const std::vector<HeadroomStep> always = search([](double multiple) {
        return multiple <= 4 ? StepOutcome::held : StepOutcome::generator_late;
    });
    EXPECT_TRUE(bracket_of(always).by_generator);
    EXPECT_GT(bracket_of(always).held, 3.8);
}

TEST(StepOutcome, is_held_in_spite_of_a_late_generator_and_never_broken_because_of_it) {
    Verdict verdict;
    verdict.findings = {{.standing = Standing::at_risk}, {.standing = Standing::unproven}};
    EXPECT_EQ(outcome_of(verdict), StepOutcome::held);
    verdict.invalid_for = {"late"};
    EXPECT_EQ(outcome_of(verdict), StepOutcome::held);
    verdict.findings.push_back({.standing = Standing::broken});
    EXPECT_EQ(outcome_of(verdict), StepOutcome::generator_late);
    verdict.invalid_for.clear();
    EXPECT_EQ(outcome_of(verdict), StepOutcome::broken);
}

struct ConclusionCase {
    const char* name;
    double capacity;
    VerdictKind kind;
    const char* words;
};

class Conclusions : public testing::TestWithParam<ConclusionCase> {};

TEST_P(Conclusions, follow_from_the_multiple) {
    const Headroom headroom =
        conclude({.plan = "p", .steps = search(of_capacity(GetParam().capacity))}, "w: p99");
    EXPECT_EQ(headroom.kind, GetParam().kind);
    EXPECT_NE(headroom.headline.find(GetParam().words), std::string::npos) << headroom.headline;
}

constexpr ConclusionCase conclusion_cases[] = {
    {"ample", 3.4, VerdictKind::adequate, "holds 3.3"},
    {"twice", 2.1, VerdictKind::adequate, "(3 of 3 times it was tried again)"},
    {"close", 1.4, VerdictKind::at_risk, "holds 1.3"},
    {"scarce", 1.1, VerdictKind::not_adequate, "holds 1.0"},
    {"less_than_the_forecast", 0.5, VerdictKind::not_adequate, "holds 0.4"},
    {"nothing", 0.01, VerdictKind::not_adequate, "does not hold 0.1"},
};
INSTANTIATE_TEST_SUITE_P(Cases,
                         Conclusions,
                         testing::ValuesIn(conclusion_cases),
                         [](const auto& test) { return test.param.name; });

TEST(Conclusion, of_an_interrupted_search_is_invalid) {
    const Headroom headroom =
        conclude({.plan = "p", .steps = {{.multiple = 1}}, .interrupted = true}, "");
    EXPECT_EQ(headroom.kind, VerdictKind::invalid);
    EXPECT_NE(headroom.headline.find("interrupted after 1 steps"), std::string::npos);
}

}  // namespace
}  // namespace tidemark::simulate
