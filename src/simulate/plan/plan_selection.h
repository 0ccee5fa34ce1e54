#pragma once
// Part of a plan: the writers of some services, and how often their batches run.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/plan/plan_reader.h"

namespace tidemark::simulate {

struct PlanSelection {
    std::vector<std::string> services{};    // empty: every writer
    std::optional<double> runs_per_hour{};  // of the writers that have `runs_per_hour`
};

// The same plan with only the writers whose `service` is chosen, and without the faults and the
// ageing of those that are not; a plan of its own, which a run's folder keeps. Fails with
// invalid_input for a service that no writer has (with the nearest that one has), for
// runs_per_hour where no writer that is left has the key, and for what TOML refuses.
Result<PlanSource> select_from_plan(PlanSource source, const PlanSelection& selection);

}  // namespace tidemark::simulate
