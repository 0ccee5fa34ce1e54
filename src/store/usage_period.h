#pragma once
// The periods by which usage is asked for: their names, and which period a slot falls into.

#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace tidemark {

std::string_view to_string(UsagePeriod period);

// "slot", "day", "month" or "total"; fails with invalid_input for anything else.
Result<UsagePeriod> parse_usage_period(std::string_view text);

// The first slot of the period that holds `slot`. A month begins on its first day, even when the
// range asked for begins later; `total` begins with the range, at `from`.
Slot period_begin(UsagePeriod period, Slot slot, UtcDay from);

}  // namespace tidemark
