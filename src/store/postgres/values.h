#pragma once
// PostgreSQL's text forms of arrays, dates and digests, read and written.

#include <string>
#include <string_view>
#include <vector>

#include "base/content_hash.h"
#include "base/result.h"
#include "domain/total.h"
#include "domain/utc_day.h"

namespace tidemark::postgres {

// The elements of `{a,b,c}`, borrowed; for arrays whose elements need no quotes (numbers, dates,
// identifiers).
std::vector<std::string_view> array_elements(std::string_view array);

// `{1,2}` of numeric[]; `{20400,20401}` of days since 1970-01-01. Fail with corrupt.
Result<std::vector<Total>> parse_totals(std::string_view array);
Result<std::vector<UtcDay>> parse_days(std::string_view array);

// `\x0123...`. Fail with corrupt.
Result<std::string> parse_bytes(std::string_view text);
Result<ContentHash> parse_hash(std::string_view text);

// The next day as SQL knows it; the day after 9999-12-31 has five digits there.
std::string day_after(UtcDay day);

}  // namespace tidemark::postgres
