#pragma once
// What `tidemark simulate check` shows of a plan, without a database.

#include <string>

#include "base/result.h"
#include "simulate/plan/plan.h"

namespace tidemark::simulate {

// Pools, the traffic of each writer, the next hour of the schedule and the faults, as text for
// people. Fails as schedule_of does.
Result<std::string> check_report(const Plan& plan);

}  // namespace tidemark::simulate
