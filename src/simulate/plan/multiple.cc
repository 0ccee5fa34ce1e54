#include "simulate/plan/multiple.h"

#include <cmath>

namespace tidemark::simulate {

Plan at_multiple(Plan plan, double multiple) {
    const auto times = [multiple](Micros span) {
        return Micros(std::llround(static_cast<double>(span.count()) * multiple));
    };
    plan.duration = times(plan.duration);
    plan.warm_up = times(plan.warm_up);
    for (Fault& fault : plan.faults) {
        fault.at = times(fault.at);
        fault.lasts = times(fault.lasts);
    }
    return plan;
}

}  // namespace tidemark::simulate
