#pragma once
// Usage up to an instant that is no midnight: what of several datasets covers the same time.

#include <chrono>
#include <optional>

#include "store/store.h"

namespace tidemark {

// As Store::read_usage(), but only slots that end at or before `until`. The last day is then summed
// up from its slots, by a read of its own: what is complete does not change between the two. Fails
// with refused when that day's slots were purged.
Result<UsageAnswer> read_usage_until(Store& store,
                                     const UsageQuery& query,
                                     std::optional<std::chrono::sys_seconds> until);

}  // namespace tidemark
