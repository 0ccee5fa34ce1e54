#pragma once
// The periods of a usage request.

#include <string>
#include <vector>

#include "report/usage_report.h"

namespace tidemark {

// The first slots of the periods that the range touches, in order.
std::vector<Slot> period_begins(const UsageRequest& request);

// "2026-11-01T10:30Z", "2026-11-01", "2026-11" or "FROM/TO".
std::string name_of_period(const UsageRequest& request, Slot begin);

}  // namespace tidemark
