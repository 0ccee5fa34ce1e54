#pragma once
// What a look at the sources found: the input of synchronise(), before any judgement.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/utc_day.h"
#include "sync/sync_time.h"

namespace tidemark {

// Lists are in any order; what overlaps counts once.
struct CounterObservation {
    std::map<std::string, std::vector<TimeRange>> feeds;  // what each feed covers
    std::vector<DayRange> sealed;
    std::vector<TimeRange> acknowledged_holes;  // declared lost for good by an operator
    std::vector<UtcDay> dirty;                  // sealed days with batches that came later

    bool operator==(const CounterObservation&) const = default;
};

struct GaugeObservation {
    std::vector<UtcDay> covered_days;  // on which a committed run observed the dataset
    std::optional<std::chrono::sys_seconds> last_commit;

    bool operator==(const GaugeObservation&) const = default;
};

// The dataset could not be read; the others can.
struct FailedObservation {
    std::string error;

    bool operator==(const FailedObservation&) const = default;
};

struct DatasetObservation {
    std::variant<FailedObservation, CounterObservation, GaugeObservation> found;
    bool inferred = false;  // coverage was concluded from rows: an empty slot looks like a hole

    bool operator==(const DatasetObservation&) const = default;
};

struct Observed {
    std::map<std::string, DatasetObservation> datasets;

    bool operator==(const Observed&) const = default;
};

}  // namespace tidemark
