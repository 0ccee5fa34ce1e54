#include "sync/snapshot_reader.h"

#include <algorithm>
#include <utility>

namespace tidemark {

namespace {

using std::chrono::seconds;

// Three periods without a new snapshot, as the alive key has it; a single publication is never
// expected to be followed.
bool is_stale(const LoadedSnapshot& loaded, seconds age) {
    if (loaded.alive.has_value()) {
        return !*loaded.alive;
    }
    return loaded.published.period.count() > 0 && age > 3 * loaded.published.period;
}

void append(std::string& warning, const std::string& place, const std::string& words) {
    warning += (warning.empty() ? "" : "; ") + place + ": " + words;
}

}  // namespace

std::optional<KnownProgress> SnapshotReader::load_places(std::string& warning) {
    for (MetadataSetter* place : places_) {
        if (place == nullptr) {
            continue;
        }
        Result<std::optional<LoadedSnapshot>> loaded = place->load();
        if (!loaded.has_value()) {
            append(warning, place->name(), loaded.error().message);
        } else if (!loaded->has_value()) {
            append(warning, place->name(), "nothing is published");
        } else if (cached_.has_value() && (*loaded)->published.fence < cached_->fence) {
            append(warning, place->name(), "older than what was read before");
            return cached_;
        } else {
            PublishedSnapshot& published = (*loaded)->published;
            period_ = published.period;
            const seconds age = std::max(seconds(0), clock_() - published.snapshot.now);
            const bool stale = is_stale(**loaded, age);
            return KnownProgress{.snapshot = std::move(published.snapshot),
                                 .fence = published.fence,
                                 .origin = place->name(),
                                 .stale = stale,
                                 .age = age};
        }
    }
    return std::nullopt;
}

// `warning` says why places did not answer, and nothing else.
std::optional<KnownProgress> SnapshotReader::read_places(std::string& warning) {
    warning.clear();
    std::optional<KnownProgress> known = load_places(warning);
    if (known.has_value()) {
        known->warning = warning;
        cached_ = known;
        cached_until_ = std::chrono::steady_clock::now() + period_;
    }
    return known;
}

KnownProgress SnapshotReader::read() {
    if (cached_.has_value() && std::chrono::steady_clock::now() < cached_until_) {
        cached_->age = std::max(seconds(0), clock_() - cached_->snapshot->now);
        return *cached_;
    }
    std::string warning;
    if (std::optional<KnownProgress> known = read_places(warning); known.has_value()) {
        return *std::move(known);
    }
    Result<Snapshot> computed = ledger_();
    // A first snapshot that was published in between may be behind what the ledger says.
    if (std::optional<KnownProgress> known = read_places(warning); known.has_value()) {
        return *std::move(known);
    }
    KnownProgress unknown;
    if (computed.has_value()) {
        unknown.age = seconds(0);
        unknown.snapshot = *std::move(computed);
        unknown.origin = "ledger";
    } else {
        append(warning, "ledger", computed.error().message);
    }
    unknown.warning = std::move(warning);
    return unknown;
}

}  // namespace tidemark
