// synchronise() over 20 datasets with 400 days of half-hour slots each: what one cycle of the
// worker computes.
//
//     build/release/benchmarks/bench_synchronise

#include <string>

#include <benchmark/benchmark.h>

#include "sync/observed.h"
#include "sync/sync_config.h"
#include "sync/synchronise.h"

namespace tidemark {
namespace {

constexpr int dataset_count = 20;
constexpr int day_count = 400;
constexpr UtcDay origin = UtcDay::from_days_since_epoch(20000);

struct Case {
    SyncConfig config;
    Observed observed;
    std::chrono::sys_seconds now = origin.plus_days(day_count).begin() + std::chrono::hours(12);
};

// Two feeds a dataset. `declared` is how long a stretch one range of coverage declares: a slot is
// the worst that runs can say, a day more than most do. Days before the seam are sealed.
Case make_case(std::chrono::seconds declared, int sealed_days) {
    Case made;
    for (int i = 0; i < dataset_count; ++i) {
        const std::string name = "dataset" + std::to_string(i);
        made.config.datasets.emplace(name, DatasetSyncConfig{.origin = origin});
        CounterObservation counter;
        for (const char* feed : {"fastly", "edgecast"}) {
            auto& ranges = counter.feeds[feed];
            for (auto from = origin.begin(); from < made.now; from += declared) {
                ranges.push_back({from, std::min(from + declared, made.now)});
            }
        }
        counter.sealed = {{origin, origin.plus_days(sealed_days)}};
        made.observed.datasets[name].found = std::move(counter);
    }
    return made;
}

void measure(benchmark::State& state, const Case& made) {
    const Snapshot previous = synchronise(made.observed, nullptr, made.config, made.now);
    for (auto _ : state) {
        benchmark::DoNotOptimize(synchronise(made.observed, &previous, made.config, made.now));
    }
}

void ranges_joined_by_the_store(benchmark::State& state) {
    measure(state, make_case(std::chrono::days(day_count + 1), day_count));
}
BENCHMARK(ranges_joined_by_the_store)->Unit(benchmark::kMicrosecond);

void a_range_a_day(benchmark::State& state) {
    measure(state, make_case(std::chrono::days(1), day_count));
}
BENCHMARK(a_range_a_day)->Unit(benchmark::kMicrosecond);

void a_range_a_slot(benchmark::State& state) {
    measure(state, make_case(std::chrono::minutes(30), day_count));
}
BENCHMARK(a_range_a_slot)->Unit(benchmark::kMicrosecond);

void a_range_a_slot_nothing_sealed(benchmark::State& state) {
    measure(state, make_case(std::chrono::minutes(30), 0));
}
BENCHMARK(a_range_a_slot_nothing_sealed)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tidemark

BENCHMARK_MAIN();
