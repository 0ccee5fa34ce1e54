#pragma once
// Usage beside that of the time before.
//
// The time before has the same number of days and ends where the range begins; by month it has the
// same number of calendar months. So the first period is compared with the first, and so on. An
// answer that is cut at an instant is compared with one that is cut as far into its range.

#include "base/result.h"
#include "report/usage_report.h"

namespace tidemark {

// The request asked of the time before; without `top` and `page`, whose subjects are to be named.
// Fails with invalid_input where that would begin before year 1, and by month for a range that is
// not of whole months.
Result<UsageRequest> previous_request(const UsageRequest& request);

// Puts the report of the time before, over the same subjects, beside the report.
void put_beside(UsageReport previous, UsageReport& report);

// The subjects of the rows, each once, in their order; none where the rows are over all subjects.
std::vector<std::string> subjects_of(const UsageReport& report);

// What a column of a row is more than in the row of the time before; nothing where one of them has
// no data or is not exact.
std::optional<Total> change_of(const UsageReportRow& row,
                               const UsageReportRow& previous,
                               std::size_t column);

}  // namespace tidemark
