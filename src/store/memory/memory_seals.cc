#include "store/memory/memory_seals.h"

#include <algorithm>
#include <map>

namespace tidemark {

namespace {

// Whether a batch above `batch_seq` has rows of the day.
bool has_later_batch(const MemoryDataset& known, UtcDay day, std::int64_t batch_seq) {
    return std::ranges::any_of(known.batches, [&](const MemoryBatch& batch) {
        return batch.receipt.batch_seq > batch_seq &&
               std::ranges::find(batch.receipt.days, day) != batch.receipt.days.end();
    });
}

std::vector<Total> totals_of(const MemoryDataset& known, UtcDay day) {
    std::vector<Total> totals(known.dataset.metrics().size());
    for (const auto& [key, row] : known.daily) {
        for (std::size_t metric = 0; key.first == day && metric < totals.size(); ++metric) {
            totals[metric] += row.values[metric];
        }
    }
    return totals;
}

}  // namespace

std::map<std::string, Coverage> coverage_by_feed(const std::vector<Run>& runs,
                                                 std::string_view dataset) {
    std::map<std::string, Coverage> feeds;
    for (const Run& run : runs) {
        if (run.outcome != RunOutcome::succeeded || run.dataset != dataset) {
            continue;
        }
        for (const SlotRange& range : run.covered.ranges()) {
            feeds[run.feed].add(range);
        }
    }
    return feeds;
}

std::vector<SealEvent> seal_days(MemoryDataset& known,
                                 std::span<const UtcDay> days,
                                 Timestamp now) {
    std::vector<SealEvent> events;
    for (const UtcDay day : days) {
        const auto sealed = known.seals.find(day);
        const bool clean =
            sealed != known.seals.end() && !has_later_batch(known, day, sealed->second.through);
        if (clean || has_later_batch(known, day, known.folded_through)) {
            continue;
        }
        SealEvent event{.id = std::ssize(known.seal_events) + 1,
                        .day = day,
                        .old_totals = {},
                        .new_totals = totals_of(known, day),
                        .through = known.folded_through,
                        .sealed_at = now};
        SealedDay seal{
            .day = day, .through = event.through, .totals = event.new_totals, .sealed_at = now};
        if (sealed != known.seals.end()) {
            event.revision = seal.revision = sealed->second.revision + 1;
            event.old_totals = sealed->second.totals;
            seal.frozen = sealed->second.frozen;
        }
        known.seals.insert_or_assign(day, std::move(seal));
        known.seal_events.push_back(event);
        events.push_back(std::move(event));
    }
    return events;
}

std::vector<SealedDay> sealed_days(const MemoryDataset& known) {
    std::vector<SealedDay> days;
    for (const auto& [day, seal] : known.seals) {
        days.push_back(seal);
        days.back().dirty = has_later_batch(known, day, seal.through);
    }
    return days;
}

std::vector<SealEvent> seal_events(const MemoryDataset& known,
                                   std::int64_t after,
                                   std::int64_t limit) {
    std::vector<SealEvent> events;
    for (const SealEvent& event : known.seal_events) {
        if (event.id > after && std::ssize(events) < limit) {
            events.push_back(event);
        }
    }
    return events;
}

std::vector<UtcDay> freeze_days(MemoryDataset& known,
                                std::span<const UtcDay> days,
                                FreezePolicy policy) {
    std::vector<UtcDay> frozen;
    for (const UtcDay day : days) {
        const auto sealed = known.seals.find(day);
        if (sealed != known.seals.end() && sealed->second.frozen != policy &&
            !has_later_batch(known, day, sealed->second.through)) {
            sealed->second.frozen = policy;
            frozen.push_back(day);
        }
    }
    return frozen;
}

std::vector<UtcDay> purgeable_days(const MemoryDataset& known,
                                   UtcDay before,
                                   Timestamp quiet_since) {
    std::map<UtcDay, Timestamp> latest_commits;
    for (const MemoryBatch& batch : known.batches) {
        for (const UtcDay day : batch.receipt.days) {
            latest_commits[day] = std::max(latest_commits[day], batch.receipt.committed_at);
        }
    }
    std::vector<UtcDay> days;
    for (const auto& [day, committed_at] : latest_commits) {
        if (day < before && committed_at < quiet_since && !known.purged_days.contains(day)) {
            days.push_back(day);
        }
    }
    return days;
}

std::optional<FreezePolicy> find_freeze(const MemoryDataset& known, UtcDay day) {
    const auto sealed = known.seals.find(day);
    return sealed == known.seals.end() ? std::nullopt : sealed->second.frozen;
}

}  // namespace tidemark
