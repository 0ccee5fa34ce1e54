#pragma once
// Sealed and frozen days; see SealStore for what each call promises.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/seal.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/dataset_tables.h"

namespace tidemark::sqlite {

Result<std::map<std::string, Coverage>> coverage_by_feed(Connection& connection,
                                                         std::string_view dataset);
Result<std::vector<SealEvent>> seal_days(Connection& connection,
                                         Timestamp now,
                                         std::string_view dataset,
                                         std::span<const UtcDay> days);
Result<std::vector<SealedDay>> sealed_days(Connection& connection, std::string_view dataset);
Result<std::vector<SealEvent>> seal_events(Connection& connection,
                                           std::string_view dataset,
                                           std::int64_t after,
                                           std::int64_t limit);
Result<std::vector<UtcDay>> freeze_days(Connection& connection,
                                        std::string_view dataset,
                                        std::span<const UtcDay> days,
                                        FreezePolicy policy);
Result<std::vector<UtcDay>> purgeable_days(Connection& connection,
                                           std::string_view dataset,
                                           UtcDay before,
                                           Timestamp quiet_since);

// The same inside a transaction of the caller's.
Result<std::vector<SealedDay>> load_sealed_days(Connection& connection, const DatasetRow& row);
Result<std::vector<SealEvent>> load_seal_events(Connection& connection,
                                                const DatasetRow& row,
                                                std::int64_t after,
                                                std::int64_t limit);

// How the day is frozen, if it is. Inside the transaction that stores rows of it.
Result<std::optional<FreezePolicy>> find_freeze(Connection& connection,
                                                const DatasetRow& row,
                                                UtcDay day);

// Fails with refused when the day is frozen.
Result<void> check_not_frozen(Connection& connection, const DatasetRow& row, UtcDay day);

}  // namespace tidemark::sqlite
