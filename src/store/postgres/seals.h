#pragma once
// Sealed and frozen days; see SealStore for what each call promises.
//
// Why nothing slips past a freeze: who stores rows of a sealed day holds its row FOR KEY SHARE, so
// freeze_days, which wants it FOR UPDATE, passes over the day. Who looked before the day was sealed
// has begun before, so freeze_days finds his batch `running` in the registry, or committed, which
// makes the day dirty. Whoever looks later waits for freeze_days and then sees the day frozen.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/seal.h"
#include "store/postgres/connection.h"
#include "store/postgres/tables.h"

namespace tidemark::postgres {

Result<std::map<std::string, Coverage>> coverage_by_feed(Connection& connection,
                                                         const DatasetTables& tables);
Result<std::vector<SealEvent>> seal_days(Connection& connection,
                                         const DatasetTables& tables,
                                         std::span<const UtcDay> days);
Result<std::vector<SealedDay>> sealed_days(Connection& connection, const DatasetTables& tables);
Result<std::vector<SealEvent>> seal_events(Connection& connection,
                                           const DatasetTables& tables,
                                           std::int64_t after,
                                           std::int64_t limit);
Result<std::vector<UtcDay>> freeze_days(Connection& connection,
                                        const DatasetTables& tables,
                                        std::span<const UtcDay> days,
                                        FreezePolicy policy);
Result<std::vector<UtcDay>> purgeable_days(Connection& connection,
                                           const DatasetTables& tables,
                                           UtcDay before,
                                           Timestamp quiet_since);

// How those of the days are frozen that are. Inside the storing transaction, to whose end it holds
// the sealed ones as they are.
Result<std::map<UtcDay, FreezePolicy>> hold_freezes(Connection& connection,
                                                    const DatasetTables& tables,
                                                    std::span<const UtcDay> days);

// The same, and fails with refused, naming the first, when one is frozen.
Result<void> require_not_frozen(Connection& connection,
                                const DatasetTables& tables,
                                std::span<const UtcDay> days);

}  // namespace tidemark::postgres
