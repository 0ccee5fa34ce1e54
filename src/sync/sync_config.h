#pragma once
// What is configured about synchronisation: which datasets there are and how punctual they are.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "domain/dataset.h"
#include "domain/utc_day.h"

namespace tidemark {

struct DatasetSyncConfig {
    DatasetKind kind = DatasetKind::counter;
    UtcDay origin;          // the first day that there is; nothing before it counts anywhere
    bool required = true;   // holds the others back
    bool excluded = false;  // taken out by the operator: the overall answer is then partial

    std::chrono::seconds expected_delay = std::chrono::minutes(45);  // after a slot's end it is due
    std::chrono::seconds warn_after = std::chrono::minutes(30);      // overdue so long: late
    std::chrono::seconds error_after = std::chrono::minutes(180);    // overdue so long: stale
    std::chrono::seconds lateness = std::chrono::hours(2);  // what is older is not restated usually
    std::chrono::seconds settle = std::chrono::hours(1);  // a gauge's day is over so long after it
    std::chrono::seconds skew_tolerance = std::chrono::minutes(5);  // later slots are quarantined
};

struct SyncConfig {
    std::chrono::seconds slot = std::chrono::minutes(30);  // divides a day without rest
    std::int64_t generation = 1;  // raised by an operator who put an older database back
    std::map<std::string, DatasetSyncConfig> datasets;
};

}  // namespace tidemark
