// synchronise() against the definitions done slot by slot, over random inputs; and what must hold
// whatever the input is.

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "support/environment.h"
#include "sync/snapshot_json.h"
#include "sync/synchronise.h"
#include "unit/sync/naive_synchronise.h"
#include "unit/sync/random_input.h"

namespace tidemark::test {
namespace {

// Without what the definitions do not speak of.
Snapshot defined_part(Snapshot snapshot) {
    for (auto& [name, dataset] : snapshot.datasets) {
        dataset.error.clear();
        dataset.dirty.clear();
        dataset.batch_latest.reset();
        dataset.daily_latest.reset();
        dataset.due_at.reset();
        dataset.waiting_for.clear();
    }
    return snapshot;
}

bool is_eventful(const Snapshot& snapshot) {
    return std::ranges::any_of(snapshot.datasets, [](const auto& entry) {
        const DatasetSnapshot& dataset = entry.second;
        return dataset.carried || !dataset.dirty.empty() ||
               (dataset.gaps.has_value() && !dataset.gaps->empty());
    });
}

void expect_monotone(const Snapshot& before, const Snapshot& after) {
    EXPECT_GE(after.now, before.now);
    if (before.generation != after.generation) {
        return;
    }
    for (const auto& [name, dataset] : after.datasets) {
        const DatasetSnapshot& earlier = before.datasets.at(name);
        EXPECT_GE(dataset.seam, earlier.seam) << name;
        EXPECT_GE(dataset.synced_through, earlier.synced_through) << name;
    }
}

void expect_no_future_and_no_hole(const Snapshot& snapshot) {
    for (const auto& [name, dataset] : snapshot.datasets) {
        EXPECT_LE(dataset.synced_through, std::optional(snapshot.now)) << name;
        EXPECT_LE(dataset.stable_through, dataset.synced_through) << name;
        if (!dataset.synced_through.has_value() || !dataset.cover.has_value()) {
            continue;
        }
        for (const TimeRange& gap : *dataset.gaps) {
            EXPECT_GE(gap.from, *dataset.synced_through) << name;
        }
        for (const CoverRange& each : *dataset.cover) {
            const bool passed =
                each.owner == CoverOwner::none && each.range.from < *dataset.synced_through;
            const auto within = [&](const TimeRange& hole) {
                return hole.from <= each.range.from &&
                       std::min(each.range.to, *dataset.synced_through) <= hole.to;
            };
            EXPECT_TRUE(!passed || std::ranges::any_of(*dataset.holes, within)) << name;
        }
    }
}

TEST(Synchronise, agrees_with_the_definitions_done_slot_by_slot) {
    const std::uint64_t count = number_from_environment("TIDEMARK_SYNC_INPUTS", 100'000);
    RandomStream random(announced_seed(), "synchronise");
    std::uint64_t eventful = 0;
    for (std::uint64_t i = 0; i < count && !HasFailure(); ++i) {
        const RandomInput input = random_sync_input(random);
        SyncConfig earlier_config = input.config;
        earlier_config.generation = input.earlier_generation;
        const Snapshot before =
            synchronise(input.earlier, nullptr, earlier_config, input.earlier_now);
        const Snapshot* previous = input.has_previous ? &before : nullptr;

        const Snapshot fast = synchronise(input.observed, previous, input.config, input.now);
        const Snapshot naive = naive_synchronise(input.observed, previous, input.config, input.now);

        EXPECT_EQ(snapshot_json(defined_part(fast)), snapshot_json(defined_part(naive)))
            << "input " << i;
        EXPECT_EQ(synchronise(shuffled(input.observed, random), previous, input.config, input.now),
                  fast)
            << "input " << i << ", lists in another order";
        expect_no_future_and_no_hole(fast);
        if (previous != nullptr) {
            expect_monotone(before, fast);
        }
        eventful += is_eventful(fast) ? 1 : 0;
    }
    EXPECT_GE(eventful * 10, count * 3) << "too few inputs have a gap, a dirty day or a carried "
                                           "source to be worth comparing";
}

TEST(Synchronise, reads_back_every_snapshot_that_it_writes) {
    RandomStream random(announced_seed(), "snapshot");
    for (int i = 0; i < 500; ++i) {
        const RandomInput input = random_sync_input(random);
        const Snapshot snapshot = synchronise(input.observed, nullptr, input.config, input.now);
        const Result<Snapshot> read = parse_snapshot(snapshot_json(snapshot));
        ASSERT_TRUE(read.has_value()) << read.error().message;
        EXPECT_EQ(*read, snapshot);
    }
}

}  // namespace
}  // namespace tidemark::test
