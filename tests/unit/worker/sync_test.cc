// The sync worker over simulated days: whatever comes late, is killed or is sealed, nothing that
// was published moves back, into the future, or past a hole.

#include "worker/sync.h"

#include <algorithm>
#include <deque>
#include <memory>

#include <gtest/gtest.h>

#include "base/random.h"
#include "domain/dataset.h"
#include "store/memory/memory_store.h"
#include "support/environment.h"
#include "sync/published_snapshot.h"

namespace tidemark::test {
namespace {

const UtcDay origin = UtcDay::parse("2026-03-01").value();

void cover(Store& store, Slot slot) {
    const std::int64_t run = store.begin_run("aggregate", "cdn", "fastly").value();
    RunEnd end{.outcome = RunOutcome::succeeded, .covered = {}, .error = {}};
    end.covered.add({slot, slot.next()});
    EXPECT_TRUE(store.end_run(run, end).has_value());
}

// A store of which one more slot is covered as soon as its freshness has been read.
class MovingStore final : public SyncStore {
 public:
    explicit MovingStore(Store& store) : store_(store) {}

    Result<Freshness> read_freshness() override {
        Result<Freshness> freshness = store_.read_freshness();
        cover(store_, next_);
        next_ = next_.next();
        return freshness;
    }
    Result<std::unique_ptr<SyncLease>> try_lead(std::string_view worker,
                                                std::chrono::milliseconds ttl) override {
        return store_.try_lead(worker, ttl);
    }
    Result<bool> save_snapshot(const SyncFence& fence, std::string_view content) override {
        return store_.save_snapshot(fence, content);
    }
    Result<std::optional<StoredSnapshot>> load_snapshot() override {
        return store_.load_snapshot();
    }
    Result<bool> save_first_snapshot(const SnapshotMaker& make) override {
        return store_.save_first_snapshot(make);
    }
    Result<std::int64_t> raise_generation(std::int64_t at_least) override {
        return store_.raise_generation(at_least);
    }
    Result<void> acknowledge_hole(std::string_view dataset,
                                  SlotRange range,
                                  std::string_view reason) override {
        return store_.acknowledge_hole(dataset, range, reason);
    }

 private:
    Store& store_;
    Slot next_ = Slot::of_day(origin, 0);
};

std::unique_ptr<SyncWorker> make_worker(SyncStore& store) {
    SyncSettings settings{.worker = "simulated", .datasets = {}};
    settings.datasets.emplace(
        "cdn", SyncedDataset{.config = {.origin = origin}, .origin_configured = true});
    return std::make_unique<SyncWorker>(
        store,
        settings,
        std::map<std::string, StoreDataset>{{"cdn", {.feeds = {"fastly"}}}},
        std::vector<std::unique_ptr<MetadataGetter>>(),
        std::vector<std::unique_ptr<MetadataSetter>>());
}

class SimulatedWorkers {
 public:
    SimulatedWorkers() : clock_(Timestamp(origin.begin())) {
        EXPECT_TRUE(store_->prepare_dataset(built_in_datasets()[0]).has_value());
        start();
    }

    void advance(std::chrono::seconds by) { clock_.advance(by); }

    void cover(Slot slot) { test::cover(*store_, slot); }

    void seal(UtcDay day) {
        const std::vector<UtcDay> days = {day};
        EXPECT_TRUE(store_->seal_days("cdn", days).has_value());
    }

    void kill_worker() { start(); }

    [[nodiscard]] std::optional<Snapshot> cycle() {
        Result<SyncCycle> done = worker_->run_once();
        EXPECT_TRUE(done.has_value());
        return done.has_value() && done->leading ? std::optional(done->snapshot) : std::nullopt;
    }

    [[nodiscard]] std::chrono::sys_seconds now() const {
        return std::chrono::floor<std::chrono::seconds>(clock_.now());
    }

 private:
    void start() {
        worker_.reset();
        worker_ = make_worker(*store_);
    }

    ManualClock clock_;
    std::unique_ptr<Store> store_ = open_memory_store(make_memory_database(), clock_);
    std::unique_ptr<SyncWorker> worker_;
};

TEST(SyncWorker, moves_forward_only_and_past_no_hole_over_thirty_days) {
    RandomStream random(announced_seed(), "thirty days");
    SimulatedWorkers workers;
    Coverage declared;
    std::deque<Slot> held_back;
    UtcDay unsealed = origin;  // and every day after it
    std::optional<std::chrono::sys_seconds> seam;
    std::optional<std::chrono::sys_seconds> synced;
    const auto declare = [&](Slot slot) {
        workers.cover(slot);
        declared.add({slot, slot.next()});
    };
    for (int number = 0; number < 30 * Slot::per_day && !testing::Test::HasFailure(); ++number) {
        const Slot slot = Slot::of_day(origin, number);
        workers.advance(std::chrono::seconds(Slot::seconds));
        if (random.chance(0.1)) {
            held_back.push_back(slot);  // comes later, after others
        } else {
            declare(slot);
        }
        while (!held_back.empty() && random.chance(0.2)) {
            declare(held_back.front());
            held_back.pop_front();
        }
        if (random.chance(0.05)) {
            workers.kill_worker();
        }
        const bool whole =
            std::ranges::any_of(declared.ranges(), [unsealed](const SlotRange& range) {
                return range.begin <= Slot::of_day(unsealed, 0) &&
                       Slot::of_day(unsealed.next(), 0) <= range.end;
            });
        if (whole && random.chance(0.1)) {
            workers.seal(unsealed);
            unsealed = unsealed.next();
        }
        const std::optional<Snapshot> snapshot = workers.cycle();
        ASSERT_TRUE(snapshot.has_value());
        const DatasetSnapshot& cdn = snapshot->datasets.at("cdn");
        EXPECT_GE(cdn.seam, seam);
        EXPECT_GE(cdn.synced_through, synced);
        EXPECT_LE(cdn.synced_through, std::optional(workers.now()));
        EXPECT_FALSE(cdn.carried) << cdn.error;
        if (cdn.synced_through.has_value() && *cdn.synced_through > origin.begin()) {
            // All of it was declared in one piece from the origin on.
            EXPECT_EQ(declared.ranges().front().begin, Slot::of_day(origin, 0));
            EXPECT_LE(*cdn.synced_through, declared.ranges().front().end.begin());
        }
        seam = cdn.seam;
        synced = cdn.synced_through;
    }
    EXPECT_GT(seam, std::optional(origin.begin())) << "nothing was ever sealed";
}

// Readers computed from the ledger what they show until now, and may have seen all of it.
TEST(SyncWorker, publishes_first_what_the_ledger_says_at_that_moment) {
    ManualClock clock(Timestamp(origin.begin() + std::chrono::hours(12)));
    const std::unique_ptr<Store> store = open_memory_store(make_memory_database(), clock);
    ASSERT_TRUE(store->prepare_dataset(built_in_datasets()[0]).has_value());
    MovingStore moving(*store);
    StoreGetter reader(moving, {{"cdn", {.feeds = {"fastly"}}}});
    (void)reader.read({});
    const std::unique_ptr<SyncWorker> worker = make_worker(moving);
    const SyncCycle first = worker->run_once().value();
    EXPECT_EQ(store->coverage("cdn", "fastly")->ranges().back().end, Slot::of_day(origin, 1));
    EXPECT_EQ(first.snapshot.datasets.at("cdn").synced_through, Slot::of_day(origin, 1).begin());
    EXPECT_EQ(parse_published(store->load_snapshot().value()->content)->snapshot, first.snapshot);
    EXPECT_EQ(first.publications.front().second.value(), Publication::published);
    const SyncCycle second = worker->run_once().value();
    EXPECT_EQ(second.publications.front().second.value(), Publication::published);
}

}  // namespace
}  // namespace tidemark::test
