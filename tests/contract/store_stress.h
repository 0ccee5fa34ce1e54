#pragma once
// StoreStress: writers, a voider, folders, readers, a sealer, a verifier and a purger on one
// database at once, and on PostgreSQL somebody who ends their connections and lets their leases run
// out.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "contract/generation.h"
#include "contract/store_factory.h"

namespace tidemark::test {

// What was done, for people.
struct StressTally {
    std::atomic<int> batches = 0;
    std::atomic<int> voids = 0;
    std::atomic<int> folds = 0;
    std::atomic<int> expiries = 0;
    std::atomic<int> reads = 0;
    std::atomic<int> seals = 0;
    std::atomic<int> verifications = 0;
    std::atomic<int> purges = 0;
    std::atomic<int> refused_purges = 0;
    std::atomic<int> kills = 0;
    std::atomic<int> ended_leases = 0;
    std::atomic<int> unavailable = 0;
    std::atomic<int> connections_max = 0;

    [[nodiscard]] std::string to_string() const;
};

class StoreStress {
 public:
    StoreStress(TestDatabase& database, std::uint64_t seed);

    // Works for so long, then lets everything begun be finished and checks all that is stored.
    // What is wrong, and at once when it is found; empty: nothing. A call that makes no progress
    // for long ends the test program, since its thread cannot be joined.
    std::string run(std::chrono::seconds duration);

    [[nodiscard]] const StressTally& tally() const { return tally_; }

 private:
    // One thread and its store.
    struct Worker {
        std::string name;
        std::unique_ptr<Store> store;
        RandomStream random;
        std::atomic<std::int64_t> last_progress_s{0};
        std::atomic<bool> done = false;
    };
    using Step = void (StoreStress::*)(Worker&);

    // Starts a thread that repeats the step until everything stops.
    void start(const std::string& name, Step step);
    void watch(std::chrono::seconds duration);
    void fail(const std::string& what);

    void write_one(Worker& worker);
    void void_one(Worker& worker);
    void fold_one(Worker& worker);
    void read_one(Worker& worker);
    void seal_one(Worker& worker);
    void verify_all(Worker& worker);
    void purge_one(Worker& worker);
    void disturb(Worker& worker);

    // The last reads of a closed generation, its fold, its purge, and what is refused then.
    void retire(Worker& worker, Generation& generation);
    void require_purge(Worker& worker, Generation& generation, int day_number);
    void expect_refused_afterwards(Worker& worker, const Generation& generation);
    void expect_seals(Worker& worker, const Generation& generation);
    void expect_answer(Worker& worker, const Generation& generation, const UsageQuery& query);
    void expect_everything_counted_once(Worker& worker);

    // Makes the call until the store is there for it; nothing when it fails otherwise, which is
    // then reported.
    template <typename T>
    std::optional<T> must(Worker& worker,
                          const std::string& what,
                          const std::function<Result<T>()>& call);
    // The same, for calls that may be refused.
    template <typename T>
    Result<T> available(Worker& worker, const std::function<Result<T>()>& call);

    std::shared_ptr<Generation> random_generation(RandomStream& random);
    std::vector<std::shared_ptr<Generation>> generations();

    TestDatabase& database_;
    std::uint64_t seed_;
    StressTally tally_;
    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;  // of the two below
    std::vector<std::shared_ptr<Generation>> generations_;
    std::string failure_;
    std::list<Worker> workers_;
    std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace tidemark::test
