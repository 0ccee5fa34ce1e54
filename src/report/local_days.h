#pragma once
// Usage by local day: exact from slots, or between two bounds, never spread by guess.

#include <string>
#include <vector>

#include "report/usage_report.h"
#include "sync/sync_time.h"

namespace tidemark {

// When the dates [from, to) are in the zone, in order: 23, 24 or 25 hours each, none for a date
// that the zone skipped. Fails with invalid_input for a zone that the tz database does not have.
Result<std::vector<TimeRange>> local_days(const std::string& zone, UtcDay from, UtcDay to);

// As report_usage() by day, where `from` and `to` are dates of the zone. A row is exact while all
// slots of its day are kept and none of them reaches over the day's edge; else it has bounds: what
// lies wholly within the day, and what touches it. Fails as report_usage(), and with invalid_input
// for another period than `day` and for `top`.
Result<UsageReport> report_local_usage(Store& store,
                                       const UsageRequest& request,
                                       const std::string& zone);

}  // namespace tidemark
