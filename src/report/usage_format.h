#pragma once
// How a usage report is written.

#include <string>

#include "base/result.h"
#include "report/usage_report.h"

namespace tidemark {

enum class UsageFormat { table, json, csv, ndjson };

Result<UsageFormat> parse_usage_format(std::string_view text);

// table: aligned columns for people, numbers with thousands separators, "no data" in words.
// json: {"dataset", "from", "to", "by", "rows": [{"subject", "period", METRIC: number}]}; rows
//   without data carry "no_data": true and null metrics; numbers beyond 64 bits are strings. Where
//   it is compared a row has "previous", the same of the time before, and "change" by metric.
// ndjson: the rows alone, an object a line.
// csv: RFC 4180 with a header line; metrics without data are empty.
// Ends with a line end.
std::string format_usage(const UsageReport& report, UsageFormat format);

}  // namespace tidemark
