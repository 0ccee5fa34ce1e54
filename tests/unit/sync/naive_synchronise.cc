#include "unit/sync/naive_synchronise.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tidemark::test {
namespace {

using Seconds = std::int64_t;  // since 1970
constexpr Seconds day_s = 86400;

Seconds number(std::chrono::sys_seconds instant) {
    return instant.time_since_epoch().count();
}

std::chrono::sys_seconds instant(Seconds seconds) {
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

UtcDay day_of(Seconds seconds) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(seconds / day_s));
}

// One slot and all that is known of it.
struct SlotFacts {
    Seconds begin = 0;
    Seconds end = 0;
    int feeds = 0;  // that cover it and are not quarantined
    bool sealed = false;
    bool hole = false;
};

struct Figures {
    const CounterObservation& seen;
    const DatasetSyncConfig& config;
    Seconds slot;
    Seconds now;
    std::vector<SlotFacts> slots;  // from the origin on
    std::int64_t quarantined = 0;
    std::int64_t premature = 0;

    bool batch(const SlotFacts& facts) const {
        return !seen.feeds.empty() && facts.feeds == static_cast<int>(seen.feeds.size());
    }
    bool covered(const SlotFacts& facts) const { return batch(facts) || facts.sealed; }
    bool known(const SlotFacts& facts) const { return covered(facts) || facts.hole; }
};

bool contains_whole(const std::vector<TimeRange>& ranges, const SlotFacts& facts) {
    for (const TimeRange& range : ranges) {
        if (number(range.from) <= facts.begin && facts.end <= number(range.to)) {
            return true;
        }
    }
    return false;
}

bool is_sealed(const std::vector<DayRange>& sealed, Seconds begin_of_day) {
    for (const DayRange& days : sealed) {
        if (number(days.from.begin()) <= begin_of_day && begin_of_day < number(days.to.begin())) {
            return true;
        }
    }
    return false;
}

void gather(Figures& figures) {
    const Seconds origin = number(figures.config.origin.begin());
    for (Seconds day = origin; day < origin + naive_days * day_s; day += day_s) {
        const bool sealed = is_sealed(figures.seen.sealed, day);
        const bool over = day + day_s <= figures.now;
        figures.premature += sealed && !over ? 1 : 0;
        for (Seconds begin = day; begin < day + day_s; begin += figures.slot) {
            SlotFacts facts{.begin = begin, .end = begin + figures.slot, .sealed = sealed && over};
            for (const auto& [feed, ranges] : figures.seen.feeds) {
                if (!contains_whole(ranges, facts)) {
                    continue;
                }
                if (facts.end > figures.now + figures.config.skew_tolerance.count()) {
                    ++figures.quarantined;
                } else {
                    ++facts.feeds;
                }
            }
            facts.hole =
                contains_whole(figures.seen.acknowledged_holes, facts) && !figures.covered(facts);
            figures.slots.push_back(facts);
        }
    }
}

// Appends the slot, as a part of the last range where it follows on it.
void extend(std::vector<TimeRange>& ranges, const SlotFacts& facts) {
    if (!ranges.empty() && number(ranges.back().to) == facts.begin) {
        ranges.back().to = instant(facts.end);
    } else {
        ranges.push_back({instant(facts.begin), instant(facts.end)});
    }
}

void set_cover(const Figures& figures, Seconds covered_max, DatasetSnapshot& result) {
    result.cover.emplace();
    result.holes.emplace();
    result.overlap_s = 0;
    for (const SlotFacts& facts : figures.slots) {
        if (facts.hole) {
            extend(*result.holes, facts);
        }
        if (figures.batch(facts) && facts.sealed) {
            *result.overlap_s += figures.slot;
        }
        if (facts.begin >= covered_max) {
            continue;
        }
        const CoverOwner owner = facts.sealed           ? CoverOwner::daily
                                 : figures.batch(facts) ? CoverOwner::batch
                                                        : CoverOwner::none;
        if (!result.cover->empty() && result.cover->back().owner == owner) {
            result.cover->back().range.to = instant(facts.end);
        } else {
            result.cover->push_back({{instant(facts.begin), instant(facts.end)}, owner});
        }
    }
}

SyncStatus overdue_status(Seconds overdue, const DatasetSyncConfig& config) {
    if (overdue >= config.error_after.count()) {
        return SyncStatus::stale;
    }
    return overdue >= config.warn_after.count() ? SyncStatus::late : SyncStatus::ok;
}

DatasetSnapshot naive_counter(const CounterObservation& seen,
                              const DatasetSyncConfig& config,
                              Seconds slot,
                              Seconds now) {
    Figures figures{.seen = seen, .config = config, .slot = slot, .now = now, .slots = {}};
    gather(figures);
    DatasetSnapshot result;
    const Seconds origin = number(config.origin.begin());
    const Seconds limit = now / slot * slot;
    Seconds seam = origin;
    Seconds covered_max = origin;
    std::optional<Seconds> first_unknown;
    bool prefix = true;
    bool anything = false;
    result.irregular = false;
    for (const SlotFacts& facts : figures.slots) {
        prefix = prefix && facts.sealed;
        seam = prefix ? facts.end : seam;
        result.irregular = *result.irregular || (facts.sealed && !prefix);
        if (facts.feeds > 0 || facts.sealed) {
            result.seen_through = instant(facts.end);
        }
        if (figures.covered(facts)) {
            covered_max = facts.end;
            anything = true;
        }
        if (!figures.known(facts) && !first_unknown.has_value()) {
            first_unknown = facts.begin;
        }
    }
    result.seam = instant(seam);
    if (anything) {
        result.synced_through = instant(std::min(limit, *first_unknown));
        Seconds stable =
            std::min(number(*result.synced_through), (now - config.lateness.count()) / slot * slot);
        for (const UtcDay day : seen.dirty) {
            if (number(day.begin()) >= origin) {
                stable = std::min(stable, number(day.begin()));
            }
        }
        result.stable_through = instant(stable);
    }
    result.pending = 0;
    result.gaps.emplace();
    std::optional<Seconds> first_missing_end;
    for (const SlotFacts& facts : figures.slots) {
        if (facts.begin >= limit || figures.known(facts)) {
            continue;
        }
        if (facts.end + config.expected_delay.count() > now) {
            ++*result.pending;
            continue;
        }
        first_missing_end = first_missing_end.value_or(facts.end);
        if (facts.begin < covered_max) {
            extend(*result.gaps, facts);
        }
    }
    set_cover(figures, covered_max, result);
    result.quarantined = figures.quarantined;
    result.premature_seals = figures.premature;
    if (!anything) {
        result.status = SyncStatus::unknown;
    } else if (!result.gaps->empty()) {
        result.status = SyncStatus::gap;
    } else if (first_missing_end.has_value()) {
        result.status =
            overdue_status(now - (*first_missing_end + config.expected_delay.count()), config);
    } else {
        result.status = SyncStatus::ok;
    }
    return result;
}

DatasetSnapshot naive_gauge(const GaugeObservation& seen,
                            const DatasetSyncConfig& config,
                            Seconds slot,
                            Seconds now) {
    DatasetSnapshot result;
    result.kind = DatasetKind::gauge;
    const Seconds origin = number(config.origin.begin());
    std::set<Seconds> covered;
    for (const UtcDay day : seen.covered_days) {
        if (number(day.begin()) >= origin) {
            covered.insert(number(day.begin()));
        }
    }
    const auto is_complete = [&](Seconds day) {
        return covered.contains(day) && seen.last_commit.has_value() &&
               number(*seen.last_commit) >= day + day_s + config.settle.count() &&
               day + day_s <= now;
    };
    Seconds seam = origin;
    while (is_complete(seam)) {
        seam += day_s;
    }
    bool anything = false;
    result.irregular = false;
    for (const Seconds day : covered) {
        anything = anything || is_complete(day);
        result.irregular = *result.irregular || (is_complete(day) && day > seam);
    }
    result.seam = instant(seam);
    result.seen_through = seen.last_commit;
    if (anything) {
        result.synced_through = result.stable_through = result.seam;
    }
    result.pending = 0;
    result.open_day = day_of(now);
    result.gaps.emplace();
    const Seconds limit_day = now / slot * slot / day_s * day_s;
    for (Seconds day = origin; day < limit_day; day += day_s) {
        if (!covered.contains(day) && !covered.empty() && day < *covered.rbegin()) {
            extend(*result.gaps, {.begin = day, .end = day + day_s});
        }
    }
    if (!anything) {
        result.status = SyncStatus::unknown;
    } else if (!result.gaps->empty()) {
        result.status = SyncStatus::gap;
    } else {
        result.status = overdue_status(
            now - (seam + day_s + config.settle.count() + config.expected_delay.count()), config);
    }
    return result;
}

DatasetSnapshot naive_dataset(const std::string& name,
                              const Observed& observed,
                              const Snapshot* previous,
                              const SyncConfig& config,
                              Seconds now) {
    const DatasetSyncConfig& dataset = config.datasets.at(name);
    DatasetSnapshot before;
    bool had_before = false;
    if (previous != nullptr && previous->datasets.contains(name)) {
        before = previous->datasets.at(name);
        had_before = true;
    }
    const auto carried = [&](SyncStatus status) {
        DatasetSnapshot result = before;
        result.status = status;
        result.carried = true;
        return result;
    };
    DatasetSnapshot result;
    if (!observed.datasets.contains(name)) {
        return carried(SyncStatus::down);
    }
    const auto& found = observed.datasets.at(name).found;
    if (std::holds_alternative<FailedObservation>(found)) {
        return carried(SyncStatus::down);
    }
    if (dataset.kind == DatasetKind::gauge) {
        result = naive_gauge(std::get<GaugeObservation>(found), dataset, config.slot.count(), now);
    } else {
        result =
            naive_counter(std::get<CounterObservation>(found), dataset, config.slot.count(), now);
    }
    const auto smaller = [](const auto& left, const auto& right) {
        return right.has_value() && (!left.has_value() || *left < *right);
    };
    if (had_before && previous->generation == config.generation &&
        (smaller(result.seam, before.seam) ||
         smaller(result.synced_through, before.synced_through))) {
        return carried(SyncStatus::regressed);
    }
    result.observed_at = instant(now);
    return result;
}

// ok, late, gap, stale, regressed, down, unknown
int badness(SyncStatus status) {
    switch (status) {
        case SyncStatus::ok:
            return 0;
        case SyncStatus::late:
            return 1;
        case SyncStatus::gap:
            return 2;
        case SyncStatus::stale:
            return 3;
        case SyncStatus::regressed:
            return 4;
        case SyncStatus::down:
            return 5;
        case SyncStatus::unknown:
            break;
    }
    return 6;
}

OverallSnapshot naive_overall(const Snapshot& snapshot, const SyncConfig& config) {
    OverallSnapshot overall;
    std::vector<std::string> counted;
    for (const auto& [name, dataset] : config.datasets) {
        if (dataset.excluded) {
            overall.excluded.push_back(name);
            overall.partial = true;
        } else if (dataset.required) {
            counted.push_back(name);
        }
    }
    if (counted.empty()) {
        return overall;
    }
    overall.status = SyncStatus::ok;
    bool synced_null = false;
    bool stable_null = false;
    Seconds synced = INT64_MAX;
    Seconds synced_largest = INT64_MIN;
    Seconds stable = INT64_MAX;
    for (const std::string& name : counted) {
        const DatasetSnapshot& dataset = snapshot.datasets.at(name);
        if (badness(dataset.status) > badness(overall.status)) {
            overall.status = dataset.status;
        }
        if (dataset.synced_through.has_value()) {
            synced = std::min(synced, number(*dataset.synced_through));
            synced_largest = std::max(synced_largest, number(*dataset.synced_through));
        } else {
            synced_null = true;
            overall.holding.push_back(name);
        }
        if (dataset.stable_through.has_value()) {
            stable = std::min(stable, number(*dataset.stable_through));
        } else {
            stable_null = true;
        }
    }
    if (!stable_null) {
        overall.stable_through = instant(stable);
    }
    if (!synced_null) {
        overall.synced_through = instant(synced);
        for (const std::string& name : counted) {
            if (synced_largest > synced &&
                number(*snapshot.datasets.at(name).synced_through) == synced) {
                overall.holding.push_back(name);
            }
        }
    }
    return overall;
}

}  // namespace

Snapshot naive_synchronise(const Observed& observed,
                           const Snapshot* previous,
                           const SyncConfig& config,
                           std::chrono::sys_seconds now) {
    Snapshot snapshot;
    snapshot.now = now;
    if (previous != nullptr && previous->now > now) {
        snapshot.now = previous->now;
    }
    snapshot.generation = config.generation;
    for (const auto& [name, dataset] : config.datasets) {
        DatasetSnapshot result =
            naive_dataset(name, observed, previous, config, number(snapshot.now));
        result.kind = dataset.kind;
        result.required = dataset.required;
        result.excluded = dataset.excluded;
        result.origin = dataset.origin;
        snapshot.datasets.emplace(name, std::move(result));
    }
    snapshot.overall = naive_overall(snapshot, config);
    return snapshot;
}

}  // namespace tidemark::test
