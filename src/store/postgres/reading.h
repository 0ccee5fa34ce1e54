#pragma once
// Usage, exact at every instant: daily rows and the rows of batches not yet folded into them, from
// one snapshot.

#include <optional>

#include "base/result.h"
#include "store/postgres/session.h"
#include "store/postgres/tables.h"
#include "store/store.h"

namespace tidemark::postgres {

// Store::read_usage.
Result<UsageAnswer> read_usage(Session& session,
                               const DatasetTables& tables,
                               const UsageQuery& query);

// Store::read_versioned_usage in one round trip, where nothing of the days is unfolded and nothing
// was committed since their version was told; else nothing.
Result<std::optional<VersionedAnswer>> read_unchanged_usage(Session& session,
                                                            const DatasetTables& tables,
                                                            const UsageQuery& query);

}  // namespace tidemark::postgres
