#include "unit/sync/random_input.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::test {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr UtcDay first_day = UtcDay::from_days_since_epoch(20513);  // 2026-03-01
constexpr int days_max = 12;

class InputMaker {
 public:
    explicit InputMaker(RandomStream& random) : random_(random) {}

    RandomInput make() {
        RandomInput input;
        constexpr std::array slots = {30, 30, 30, 30, 30, 15, 60, 360, 1440};
        input.config.slot = std::chrono::minutes(slots.at(random_.below(slots.size())));
        slot_ = input.config.slot;
        input.config.generation = static_cast<std::int64_t>(1 + random_.below(2));
        input.earlier_generation =
            random_.chance(0.8) ? input.config.generation : 3 - input.config.generation;
        input.has_previous = random_.chance(0.6);
        const std::uint64_t count = 1 + random_.below(3);
        for (std::uint64_t i = 0; i < count; ++i) {
            input.config.datasets.emplace("d" + std::to_string(i), random_config());
        }
        input.now = random_instant();
        input.earlier_now = random_.chance(0.8) ? input.now - seconds(random_.below(86400))
                                                : input.now + seconds(random_.below(7200));
        input.observed = observe_all(input.config, input.now);
        input.earlier = random_.chance(0.5) ? earlier_of(input.observed)
                                            : observe_all(input.config, input.earlier_now);
        return input;
    }

 private:
    UtcDay random_day(int days) {
        return first_day.plus_days(
            static_cast<std::int32_t>(random_.below(static_cast<std::uint64_t>(days))));
    }

    // Within the 12 days; often on the edge of a slot or a day, or a second beside it.
    sys_seconds random_instant() {
        const auto since = static_cast<std::int64_t>(random_.below(days_max * 86400));
        const std::array grids = {std::int64_t{1}, slot_.count(), std::int64_t{86400}};
        const std::int64_t grid = grids.at(random_.below(grids.size()));
        return first_day.begin() +
               seconds(since / grid * grid + static_cast<std::int64_t>(random_.below(3)) - 1);
    }

    // Mostly on the grid.
    sys_seconds random_edge() {
        const auto since = static_cast<std::int64_t>(random_.below(days_max * 86400));
        return first_day.begin() +
               seconds(random_.chance(0.85) ? since / slot_.count() * slot_.count() : since);
    }

    DatasetSyncConfig random_config() {
        DatasetSyncConfig config{.origin = random_day(3)};
        config.kind = random_.chance(0.75) ? DatasetKind::counter : DatasetKind::gauge;
        config.required = random_.chance(0.85);
        config.excluded = random_.chance(0.1);
        if (random_.chance(0.3)) {
            config.expected_delay = seconds(random_.below(4 * 3600));
            config.warn_after = seconds(random_.below(3600));
            config.error_after = seconds(random_.below(6 * 3600));
            config.lateness = seconds(random_.below(30 * 3600));
            config.settle = seconds(random_.below(6 * 3600));
            config.skew_tolerance = seconds(random_.below(3600));
        }
        return config;
    }

    Observed observe_all(const SyncConfig& config, sys_seconds now) {
        Observed observed;
        for (const auto& [name, dataset] : config.datasets) {
            if (random_.chance(0.03)) {
                continue;
            }
            DatasetObservation& entry = observed.datasets[name];
            if (random_.chance(0.05)) {
                entry.found = FailedObservation{"refused"};
            } else if (dataset.kind == DatasetKind::counter) {
                entry.found = observe_counter(dataset, now);
            } else {
                entry.found = observe_gauge(dataset, now);
            }
        }
        return observed;
    }

    // Covered from some day on, up to about now, with holes punched in.
    std::vector<TimeRange> observe_feed(sys_seconds begin, sys_seconds now) {
        const auto lag =
            static_cast<std::int64_t>(random_.chance(0.7) ? random_.below(2) : random_.below(12));
        sys_seconds reached = std::max(begin, first_day.begin());
        const sys_seconds end =
            first_day.begin() + (now - first_day.begin()) / slot_ * slot_ - slot_ * lag;
        std::vector<TimeRange> ranges;
        for (std::uint64_t holes = random_.chance(0.35) ? 1 + random_.below(3) : 0; holes > 0;
             --holes) {
            const sys_seconds hole = random_edge();
            if (reached < hole && hole < end) {
                ranges.push_back({reached, hole});
                reached = hole + slot_ * static_cast<std::int64_t>(1 + random_.below(4));
            }
        }
        if (reached < end) {
            ranges.push_back({reached, end});
        }
        if (random_.chance(0.1)) {
            const sys_seconds future = now + seconds(random_.below(86400));
            ranges.push_back({future, future + slot_ * 3});
        }
        if (random_.chance(0.1)) {
            const sys_seconds from = random_edge();
            ranges.push_back({from, from + slot_ * static_cast<std::int64_t>(random_.below(4))});
        }
        return ranges;
    }

    CounterObservation observe_counter(const DatasetSyncConfig& config, sys_seconds now) {
        CounterObservation counter;
        const UtcDay today = UtcDay::containing(now);
        const auto sealed_days = static_cast<std::int32_t>(random_.below(days_max));
        const UtcDay sealed_end = random_.chance(0.7) ? today.plus_days(random_.chance(0.9) ? 0 : 1)
                                                      : config.origin.plus_days(sealed_days);
        if (random_.chance(0.85) && config.origin < sealed_end) {
            const UtcDay skipped = random_day(days_max);
            if (random_.chance(0.15) && config.origin < skipped && skipped < sealed_end) {
                counter.sealed = {{config.origin, skipped}, {skipped.next(), sealed_end}};
            } else {
                counter.sealed = {
                    {config.origin.plus_days(random_.chance(0.9) ? 0 : -1), sealed_end}};
            }
        }
        const sys_seconds batches_from =
            (counter.sealed.empty() ? config.origin.begin() : counter.sealed.back().to.begin()) -
            (random_.chance(0.3) ? std::chrono::days(1) : std::chrono::days(0));
        const std::uint64_t feeds = random_.chance(0.05) ? 0 : 1 + random_.below(3);
        for (std::uint64_t i = 0; i < feeds; ++i) {
            counter.feeds["feed" + std::to_string(i)] = observe_feed(batches_from, now);
        }
        for (std::uint64_t i = random_.chance(0.2) ? 1 + random_.below(2) : 0; i > 0; --i) {
            const sys_seconds from = random_edge();
            counter.acknowledged_holes.push_back(
                {from, from + seconds(1 + random_.below(3 * 86400)) / slot_ * slot_});
        }
        for (std::uint64_t i = random_.chance(0.2) ? 1 + random_.below(3) : 0; i > 0; --i) {
            counter.dirty.push_back(random_day(days_max));
        }
        return counter;
    }

    GaugeObservation observe_gauge(const DatasetSyncConfig& config, sys_seconds now) {
        GaugeObservation gauge;
        const double skip = random_.chance(0.3) ? 0.2 : 0.0;
        for (UtcDay day = config.origin.plus_days(-1); day.begin() <= now; day = day.next()) {
            if (!random_.chance(skip)) {
                gauge.covered_days.push_back(day);
            }
        }
        if (random_.chance(0.95)) {
            gauge.last_commit =
                now - seconds(random_.chance(0.7) ? random_.below(7200) : random_.below(300000));
        }
        return gauge;
    }

    // What was seen before the last things came: an answer that the later one goes on from.
    Observed earlier_of(const Observed& observed) {
        Observed earlier = observed;
        for (auto& [name, dataset] : earlier.datasets) {
            auto* counter = std::get_if<CounterObservation>(&dataset.found);
            for (auto feed = counter == nullptr ? FeedPlace() : counter->feeds.begin();
                 counter != nullptr && feed != counter->feeds.end();
                 ++feed) {
                if (!feed->second.empty() && random_.chance(0.5)) {
                    feed->second.pop_back();
                }
            }
        }
        return earlier;
    }

    using FeedPlace = std::map<std::string, std::vector<TimeRange>>::iterator;

    RandomStream& random_;
    seconds slot_{};
};

template <typename T>
void shuffle(std::vector<T>& list, RandomStream& random) {
    if (!list.empty() && random.chance(0.5)) {
        list.push_back(list[random.below(list.size())]);
    }
    for (std::size_t i = list.size(); i > 1; --i) {
        std::swap(list[i - 1], list[random.below(i)]);
    }
}

}  // namespace

RandomInput random_sync_input(RandomStream& random) {
    return InputMaker(random).make();
}

Observed shuffled(const Observed& observed, RandomStream& random) {
    Observed other = observed;
    for (auto& [name, dataset] : other.datasets) {
        if (auto* counter = std::get_if<CounterObservation>(&dataset.found)) {
            for (auto& [feed, ranges] : counter->feeds) {
                shuffle(ranges, random);
            }
            shuffle(counter->sealed, random);
            shuffle(counter->acknowledged_holes, random);
            shuffle(counter->dirty, random);
        } else if (auto* gauge = std::get_if<GaugeObservation>(&dataset.found)) {
            shuffle(gauge->covered_days, random);
        }
    }
    return other;
}

}  // namespace tidemark::test
