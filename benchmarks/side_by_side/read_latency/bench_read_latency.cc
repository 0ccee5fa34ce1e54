// bench_read_latency STORE_URL ROUNDS [SHARE]: how long reads take while a day is folded, sealed
// and purged, and while nothing else goes on. STORE_URL is postgresql://... or sqlite:PATH, empty.
//
// In each round twelve batches of 100,000 subjects are stored for a day of their own. Then eight
// readers, each on a store of its own, ask for one subject's usage of the last 30 days every 20 ms:
// first with nothing else going on, then beside a loop that only keeps one processor busy, then
// while the day is folded, sealed and, with all its 1.2 million batch rows, purged. A read counts
// for what went on when it began. Every answer is checked: the rows of a day are all the same, so a
// wrong total shows.

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "domain/dataset.h"
#include "side_by_side/support/day_rows.h"
#include "side_by_side/support/steps.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"
#include "worker/compact.h"

namespace tidemark::bench {
namespace {

constexpr std::size_t subject_count = 100'000;
constexpr int batches_a_day = 12;
constexpr int reader_count = 8;
constexpr std::chrono::milliseconds pace{20};
constexpr std::chrono::seconds quiet_time{2};
constexpr std::chrono::milliseconds busy_time{600};             // about as long as a fold takes
const UtcDay first_day = UtcDay::from_days_since_epoch(20768);  // 2026-11-11
const Dataset& cdn = built_in_datasets()[0];
const SystemClock system_clock;

std::unique_ptr<Store> open(const std::string& url) {
    constexpr std::string_view sqlite = "sqlite:";
    if (url.starts_with(sqlite)) {
        return must(open_sqlite_store(url.substr(sqlite.size()), system_clock));
    }
    return must(open_postgres_store(url));
}

enum class Phase { between, quiet, busy, folding, sealing, purging };
constexpr std::array phase_names = {"between", "quiet", "busy loop", "fold", "seal", "purge"};

using Latencies = std::array<std::vector<double>, phase_names.size()>;  // by phase, in ms

class Readers {
 public:
    Readers(const std::string& url, const std::vector<std::string>& subjects)
        : subjects_(subjects) {
        for (int number = 0; number < reader_count; ++number) {
            threads_.emplace_back([this, url, number](const std::stop_token& stop) {
                const auto store = open(url);
                RandomStream random(11, "reader " + std::to_string(number));
                auto next = std::chrono::steady_clock::now() + pace * number / reader_count;
                while (!stop.stop_requested()) {
                    std::this_thread::sleep_until(next);
                    next = std::max(next + pace, std::chrono::steady_clock::now());
                    read_one(*store, subjects_[random.below(subjects_.size())]);
                }
            });
        }
    }

    void enter(Phase phase, int day_count) {
        day_count_ = day_count;
        phase_ = phase;
    }

    // Ends the reading.
    Latencies finish() {
        threads_.clear();
        return std::move(latencies_);
    }

 private:
    void read_one(Store& store, const std::string& subject) {
        const Phase phase = phase_;
        const int day_count = day_count_;
        UsageAnswer answer;
        const double ms = 1e3 * seconds_of([&] {
                              answer =
                                  must(store.read_usage({.dataset = "cdn",
                                                         .subjects = {subject},
                                                         .from = first_day.plus_days(-30),
                                                         .to = first_day.plus_days(day_count)}));
                          });
        if (phase == Phase::between) {
            return;
        }
        if (std::ssize(answer.rows) != day_count) {
            std::fprintf(stderr, "%zu days read of %d\n", answer.rows.size(), day_count);
            std::exit(1);
        }
        for (const UsageAnswerRow& row : answer.rows) {
            if (row.values != answer.rows.front().values) {
                std::fprintf(stderr, "a wrong total on %s\n", row.period_begin.to_string().c_str());
                std::exit(1);
            }
        }
        const std::scoped_lock lock(mutex_);
        latencies_[static_cast<std::size_t>(phase)].push_back(ms);
    }

    const std::vector<std::string>& subjects_;
    std::atomic<Phase> phase_ = Phase::between;
    std::atomic<int> day_count_ = 0;
    std::mutex mutex_;
    Latencies latencies_;
    std::vector<std::jthread> threads_;  // last: they use all of the above
};

void report(const Latencies& latencies) {
    std::vector<double> compaction;
    const auto print = [](const char* name, const std::vector<double>& ms) {
        std::printf("%-10s reads %6zu  p50 %7.2f ms  p99 %7.2f ms  max %7.2f ms\n",
                    name,
                    ms.size(),
                    quantile(ms, 0.5),
                    quantile(ms, 0.99),
                    quantile(ms, 1));
    };
    for (std::size_t phase = 1; phase < phase_names.size(); ++phase) {
        const std::vector<double>& ms = latencies[phase];
        print(phase_names[phase], ms);
        if (static_cast<Phase>(phase) >= Phase::folding) {
            compaction.insert(compaction.end(), ms.begin(), ms.end());
        }
    }
    print("all three", compaction);
    const auto p99_of = [&latencies](Phase phase) {
        return quantile(latencies[static_cast<std::size_t>(phase)], 0.99);
    };
    std::printf("p99 %.2f times that without, beside the loop %.2f times\n",
                quantile(compaction, 0.99) / p99_of(Phase::quiet),
                p99_of(Phase::busy) / p99_of(Phase::quiet));
}

void keep_a_processor_busy() {
    const auto end = std::chrono::steady_clock::now() + busy_time;
    while (std::chrono::steady_clock::now() < end) {
    }
}

void run(const std::string& url, int rounds, double share) {
    const std::vector<std::string> subjects = make_subjects(subject_count);
    const auto store = open(url);
    must(store->prepare_dataset(cdn));
    Readers readers(url, subjects);
    for (int round = 0; round < rounds; ++round) {
        const UtcDay day = first_day.plus_days(round);
        for (int batch = 0; batch < batches_a_day; ++batch) {
            DayRows rows(subjects, Slot::of_day(day, batch));
            must(store->store_batch(
                batch_named("latency", day.to_string() + " " + std::to_string(batch)), rows));
        }
        readers.enter(Phase::quiet, round + 1);
        std::this_thread::sleep_for(quiet_time);
        readers.enter(Phase::busy, round + 1);
        keep_a_processor_busy();
        readers.enter(Phase::folding, round + 1);
        must(store->fold("cdn", {.pace = {.share = share}}));
        readers.enter(Phase::sealing, round + 1);
        const std::array days = {day};
        must(store->seal_days("cdn", days));
        readers.enter(Phase::purging, round + 1);
        must(store->purge_day("cdn", day));
        readers.enter(Phase::between, round + 1);
    }
    report(readers.finish());
}

}  // namespace
}  // namespace tidemark::bench

int main(int argument_count, char** arguments) {
    if (argument_count < 3 || argument_count > 4) {
        std::fprintf(stderr, "bench_read_latency STORE_URL ROUNDS [SHARE]\n");
        return 2;
    }
    const double share =
        argument_count == 4 ? std::atof(arguments[3]) : tidemark::CompactWatch{}.pace.share;
    tidemark::bench::run(arguments[1], std::atoi(arguments[2]), share);
    return 0;
}
