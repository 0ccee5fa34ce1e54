#pragma once
// Schedule: every start of a writer instance, computed up front from the plan and its seed.
//
// A start never follows from the end of what came before it: a writer that is late stays late
// against the plan, which is what latency is measured from.

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "simulate/plan/plan.h"

namespace tidemark::simulate {

// One transaction: what is planned, measured, retried and accounted for as a whole. 16 bytes, as
// there may be millions.
struct PlannedOperation {
    std::int64_t planned_us = 0;  // simulated, after the start of the run
    std::uint32_t run = 0;        // which run of this instance it belongs to, from 0
    std::uint32_t rows = 0;
};

// The runs of one instance. A run's operations stand together.
struct PlannedRun {
    std::int64_t planned_us = 0;
    std::uint32_t first_operation = 0;
    std::uint32_t operations = 0;
    std::uint32_t rows = 0;
};

struct Schedule {
    std::vector<PlannedRun> runs;              // by planned time
    std::vector<PlannedOperation> operations;  // run by run; within a run by planned time
};

// The schedule of one instance (from 0) of a writer over [0, plan.duration): operations of a run
// that is spread over the end are planned past it. The same plan and seed give the same one on
// every machine. Fails with invalid_input for more than 50,000,000 operations.
Result<Schedule> schedule_of(const Plan& plan, const Writer& writer, std::int64_t instance);

// Runs that a simulated day has on average, of one instance.
double runs_per_day(const Plan& plan, const Writer& writer);

}  // namespace tidemark::simulate
