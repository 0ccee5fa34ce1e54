#pragma once
// Snapshot: how far each dataset is complete, and all of them together, at one instant. What
// synchronise() concludes, what is published, and what readers go by.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/dataset.h"
#include "domain/utc_day.h"
#include "sync/sync_time.h"

namespace tidemark {

// From best to worst.
enum class SyncStatus { ok, late, gap, stale, regressed, down, unknown };

std::string_view to_string(SyncStatus status);
Result<SyncStatus> parse_sync_status(std::string_view text);

enum class CoverOwner { daily, batch, none };

std::string_view to_string(CoverOwner owner);
Result<CoverOwner> parse_cover_owner(std::string_view text);

// Which rows answer for a stretch of time.
struct CoverRange {
    TimeRange range;
    CoverOwner owner = CoverOwner::none;

    bool operator==(const CoverRange&) const = default;
};

// One dataset. An empty instant is unknown, never "at no time"; other fields are empty where the
// dataset was never read, and where they belong to the other kind of dataset. Lists are in the
// order of time.
struct DatasetSnapshot {
    DatasetKind kind = DatasetKind::counter;
    bool required = true;
    bool excluded = false;
    std::optional<UtcDay> origin;

    SyncStatus status = SyncStatus::unknown;
    bool carried = false;  // the figures are an earlier snapshot's: nothing new was believed
    std::string error;     // why they are

    std::optional<std::chrono::sys_seconds> seam;            // end of the prefix of daily days
    std::optional<std::chrono::sys_seconds> synced_through;  // complete up to here
    std::optional<std::chrono::sys_seconds> stable_through;  // and not restated up to here
    std::optional<std::chrono::sys_seconds> seen_through;    // the latest that counts at all
    std::optional<std::vector<TimeRange>> gaps;              // overdue, though later data is there
    std::optional<std::int64_t> pending;                     // slots that are not due yet
    std::optional<bool> irregular;  // days behind the seam are daily: go by `cover`

    // Of counters.
    std::optional<std::int64_t> quarantined;      // slots from the future
    std::optional<std::int64_t> premature_seals;  // days sealed before their end
    std::optional<std::int64_t> overlap_s;        // seconds with both daily and batch rows
    std::optional<std::vector<CoverRange>> cover;
    std::optional<std::vector<TimeRange>> holes;  // acknowledged
    std::vector<UtcDay> dirty;

    // Of gauges.
    std::optional<UtcDay> open_day;

    // For diagnosis: as read, before anything is left out.
    std::optional<std::chrono::sys_seconds> batch_latest;
    std::optional<std::chrono::sys_seconds> daily_latest;
    bool inferred = false;

    std::optional<std::chrono::sys_seconds> observed_at;  // when the figures were read
    // What comes next after synced_through is due at this instant, from these feeds.
    std::optional<std::chrono::sys_seconds> due_at;
    std::vector<std::string> waiting_for;

    bool operator==(const DatasetSnapshot&) const = default;
};

// The datasets that are required and not excluded, together.
struct OverallSnapshot {
    std::optional<std::chrono::sys_seconds> synced_through;
    std::optional<std::chrono::sys_seconds> stable_through;
    SyncStatus status = SyncStatus::unknown;  // the worst
    std::vector<std::string> holding;         // who keeps synced_through where it is, sorted
    std::vector<std::string> excluded;        // sorted
    bool partial = false;                     // somebody is excluded

    bool operator==(const OverallSnapshot&) const = default;
};

struct Snapshot {
    std::chrono::sys_seconds now{};
    std::int64_t generation = 1;
    std::map<std::string, DatasetSnapshot> datasets;
    OverallSnapshot overall;

    bool operator==(const Snapshot&) const = default;
};

}  // namespace tidemark
