#pragma once
// How far the data behind a usage answer is complete.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/snapshot_reader.h"
#include "sync/sync_time.h"

namespace tidemark {

enum class Completeness {
    complete,  // covered, without a hole
    partial,   // something in it is missing: a gap, or an acknowledged hole
    open,      // it reaches further than the data
    unknown,   // nothing is known of how far the data reaches, or it begins before the origin
};

std::string_view to_string(Completeness completeness);

struct UsageProgress {
    std::optional<std::chrono::sys_seconds> synced_through;          // of the dataset
    std::optional<std::chrono::sys_seconds> overall_synced_through;  // of all that are required
    std::vector<std::pair<std::string, Completeness>> days;          // in order, by name
    std::vector<TimeRange> gaps;                                     // that touch the range
    std::vector<TimeRange> holes;                                    // acknowledged ones
    std::optional<std::chrono::seconds> metadata_age;
    std::string metadata_origin;
    bool stale = false;
};

// A day of the answer, as it is named there, and when it is.
struct NamedDay {
    std::string name;
    TimeRange range;
};

// `days` are those of the answer, in order.
UsageProgress usage_progress(const KnownProgress& known,
                             const std::string& dataset,
                             const std::vector<NamedDay>& days);

}  // namespace tidemark
