#include "sync/synchronise.h"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "sync/counter_judgement.h"
#include "sync/gauge_judgement.h"

namespace tidemark {

namespace {

using std::chrono::sys_seconds;

DatasetSnapshot carry(const DatasetSnapshot* previous, SyncStatus status, std::string error) {
    DatasetSnapshot carried = previous == nullptr ? DatasetSnapshot() : *previous;
    carried.status = status;
    carried.carried = true;
    carried.error = std::move(error);
    return carried;
}

std::string text_or_unknown(const std::optional<sys_seconds>& instant) {
    return instant.has_value() ? instant_text(*instant) : "unknown";
}

// What would step back, in words; nothing where nothing does. An empty optional is the smallest.
std::string describe_regress(const DatasetSnapshot& before, const DatasetSnapshot& after) {
    const auto describe = [](const char* what, const auto& from, const auto& to) {
        return fmt::format("{} would step back from {} to {}; raise the generation to accept it",
                           what,
                           text_or_unknown(from),
                           text_or_unknown(to));
    };
    if (after.synced_through < before.synced_through) {
        return describe("synced through", before.synced_through, after.synced_through);
    }
    return after.seam < before.seam ? describe("seam", before.seam, after.seam) : std::string();
}

// The figures of one dataset as observed, or nothing, with the reason, where it was not read.
std::optional<DatasetSnapshot> judge(const Observed& observed,
                                     const std::string& name,
                                     const DatasetSyncConfig& config,
                                     std::chrono::seconds slot,
                                     sys_seconds now,
                                     std::string& error) {
    const auto found = observed.datasets.find(name);
    if (found == observed.datasets.end()) {
        error = "not observed";
        return std::nullopt;
    }
    const DatasetObservation& observation = found->second;
    std::optional<DatasetSnapshot> judged;
    if (const auto* failed = std::get_if<FailedObservation>(&observation.found)) {
        error = failed->error.empty() ? "not readable" : failed->error;
    } else if (const auto* counter = std::get_if<CounterObservation>(&observation.found);
               counter != nullptr && config.kind == DatasetKind::counter) {
        judged = judge_counter(*counter, config, slot, now);
    } else if (const auto* gauge = std::get_if<GaugeObservation>(&observation.found);
               gauge != nullptr && config.kind == DatasetKind::gauge) {
        judged = judge_gauge(*gauge, config, slot, now);
    } else {
        error = fmt::format("configured as a {}, observed as another kind", to_string(config.kind));
    }
    if (judged.has_value()) {
        judged->observed_at = now;
        judged->inferred = observation.inferred;
    }
    return judged;
}

DatasetSnapshot synchronise_dataset(const Observed& observed,
                                    const std::string& name,
                                    const Snapshot* previous,
                                    const SyncConfig& config,
                                    sys_seconds now) {
    const DatasetSnapshot* before = nullptr;
    if (previous != nullptr) {
        const auto found = previous->datasets.find(name);
        before = found == previous->datasets.end() ? nullptr : &found->second;
    }
    std::string error;
    std::optional<DatasetSnapshot> judged =
        judge(observed, name, config.datasets.at(name), config.slot, now, error);
    if (!judged.has_value()) {
        return carry(before, SyncStatus::down, std::move(error));
    }
    if (before != nullptr && previous->generation == config.generation) {
        error = describe_regress(*before, *judged);
        if (!error.empty()) {
            return carry(before, SyncStatus::regressed, std::move(error));
        }
    }
    return *std::move(judged);
}

// Empty when any is: unknown is smaller than every instant.
void take_smallest(std::optional<sys_seconds>& smallest,
                   const std::optional<sys_seconds>& instant,
                   bool first) {
    smallest = first ? instant : std::min(smallest, instant);
}

OverallSnapshot summarise(const std::map<std::string, DatasetSnapshot>& datasets) {
    OverallSnapshot overall;
    std::optional<sys_seconds> largest;
    bool first = true;
    for (const auto& [name, dataset] : datasets) {
        if (dataset.excluded) {
            overall.excluded.push_back(name);
        } else if (dataset.required) {
            take_smallest(overall.synced_through, dataset.synced_through, first);
            take_smallest(overall.stable_through, dataset.stable_through, first);
            largest = std::max(largest, dataset.synced_through);
            overall.status = first ? dataset.status : std::max(overall.status, dataset.status);
            first = false;
        }
    }
    overall.partial = !overall.excluded.empty();
    // Those at the smallest hold the others; when all are equal nobody holds anybody, unless
    // nothing is known.
    const bool held = !overall.synced_through.has_value() || overall.synced_through < largest;
    for (const auto& [name, dataset] : datasets) {
        if (held && dataset.required && !dataset.excluded &&
            dataset.synced_through == overall.synced_through) {
            overall.holding.push_back(name);
        }
    }
    return overall;
}

}  // namespace

Snapshot synchronise(const Observed& observed,
                     const Snapshot* previous,
                     const SyncConfig& config,
                     sys_seconds now) {
    Snapshot snapshot;
    snapshot.now = previous == nullptr ? now : std::max(now, previous->now);
    snapshot.generation = config.generation;
    for (const auto& [name, dataset] : config.datasets) {
        DatasetSnapshot entry = synchronise_dataset(observed, name, previous, config, snapshot.now);
        entry.kind = dataset.kind;
        entry.required = dataset.required;
        entry.excluded = dataset.excluded;
        entry.origin = dataset.origin;
        snapshot.datasets.emplace(name, std::move(entry));
    }
    snapshot.overall = summarise(snapshot.datasets);
    return snapshot;
}

}  // namespace tidemark
