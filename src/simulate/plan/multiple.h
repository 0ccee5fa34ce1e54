#pragma once
// A multiple of a plan's load: what headroom is measured with.

#include "simulate/plan/plan.h"

namespace tidemark::simulate {

// The plan over `multiple` times its duration, so that `multiple` times as much is planned. Run
// `multiple` times as fast, it takes as long as the plan itself: every writer starts so many times
// as often, with spreads and deadlines so many times shorter; what is measured in real time, as
// objectives of response, stays. The warm-up and the faults keep their share of the run.
Plan at_multiple(Plan plan, double multiple);

}  // namespace tidemark::simulate
