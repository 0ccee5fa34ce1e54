#include "store/memory/memory_ledger.h"

#include <algorithm>
#include <map>
#include <set>

namespace tidemark::memory {

namespace {

bool asked_for(const RunQuery& query, const Run& run) {
    const UtcDay began =
        UtcDay::containing(std::chrono::floor<std::chrono::seconds>(run.started_at));
    return (query.job.empty() || query.job == run.job) &&
           (query.dataset.empty() || query.dataset == run.dataset) &&
           (query.feed.empty() || query.feed == run.feed) &&
           (!query.day.has_value() || *query.day == began);
}

bool asked_for(const BatchQuery& query, const BatchReceipt& receipt) {
    return (query.feed.empty() || query.feed == receipt.identity.feed) &&
           (!query.day.has_value() ||
            std::ranges::find(receipt.days, *query.day) != receipt.days.end());
}

}  // namespace

Result<std::vector<Correction>> find_corrections(MemoryDatabase& database,
                                                 std::string_view dataset,
                                                 std::int64_t from,
                                                 std::int64_t to) {
    TIDEMARK_RETURN_IF_ERROR(database.find_known(dataset));
    std::vector<Correction> found;
    for (const Correction& correction : database.corrections) {
        if (correction.dataset == dataset && correction.batch_seq >= from &&
            correction.batch_seq < to) {
            found.push_back(correction);
        }
    }
    std::ranges::stable_sort(found, {}, &Correction::batch_seq);
    return found;
}

std::vector<Run> find_runs(const MemoryDatabase& database, const RunQuery& query) {
    std::vector<Run> found;
    for (auto run = database.runs.rbegin(); run != database.runs.rend(); ++run) {
        if (asked_for(query, *run) && static_cast<std::int64_t>(found.size()) < query.limit) {
            found.push_back(*run);
        }
    }
    return found;
}

Result<std::vector<BatchReceipt>> find_batches(MemoryDatabase& database, const BatchQuery& query) {
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known, database.find_known(query.dataset));
    std::vector<BatchReceipt> found;
    for (auto batch = known->batches.rbegin(); batch != known->batches.rend(); ++batch) {
        if (asked_for(query, batch->receipt) &&
            static_cast<std::int64_t>(found.size()) < query.limit) {
            found.push_back(batch->receipt);
        }
    }
    return found;
}

Result<ReasonCounts> rejected_by_reason(MemoryDatabase& database,
                                        std::string_view dataset,
                                        std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryBatch* const batch,
                              database.find_stored(dataset, batch_seq));
    std::map<std::string, std::int64_t> counts;
    for (const auto& [reason, count] : batch->rejected_by_reason) {
        counts[reason] += count;
    }
    return ReasonCounts(counts.begin(), counts.end());
}

std::vector<UtcDay> day_grained_days(const MemoryDataset& known, UtcDay from, UtcDay to) {
    std::set<UtcDay> days;
    for (const MemoryBatch& batch : known.batches) {
        for (const UtcDay day : batch.receipt.days) {
            if (batch.receipt.day_grained && from <= day && day < to &&
                !known.purged_days.contains(day)) {
                days.insert(day);
            }
        }
    }
    return {days.begin(), days.end()};
}

}  // namespace tidemark::memory
