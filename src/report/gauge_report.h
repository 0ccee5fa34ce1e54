#pragma once
// The report of a gauge: what subjects had at the end of each period, and their high-water marks.
//
// Each metric has three columns: its value, the newest reading of the period; max_METRIC, the
// high-water mark, which includes what the subject carried into the period; observed_max_METRIC,
// the largest value that was observed in it. A site that carried 100 GB into a day and shrank to 50
// at noon ends it with 50, had a mark of 100, and 50 was observed.
//
// A period without an event of a metric is no data, or, when asked to carry the state forward, has
// the value that the subject brought along as its value and mark. Of a month the mark is the
// largest of its days, the value the last.
//
// Over all subjects each column is the sum over the subjects that have data. So a sum of marks is
// what the subjects together are measured by; the sum need not have stood at any one instant.

#include <string>
#include <vector>

#include "base/result.h"
#include "report/usage_report.h"

namespace tidemark {

// The columns of a report, in order: three a metric.
std::vector<std::string> gauge_columns(const Dataset& dataset);

// report_usage() of a gauge. With `top`: the subjects with the largest mark over the range.
Result<UsageReport> report_gauge(Store& store, const UsageRequest& request);

}  // namespace tidemark
