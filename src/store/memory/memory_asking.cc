#include "store/memory/memory_asking.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "store/memory/memory_gauge.h"

namespace tidemark::memory {

namespace {

bool lies_in(UtcDay day, const SubjectQuery& query) {
    return query.from <= day && day < query.to;
}

std::set<std::string> counter_subjects(const MemoryDataset& known, const SubjectQuery& query) {
    std::set<std::string> subjects;
    for (const auto& [key, row] : known.daily) {
        if (lies_in(key.first, query)) {
            subjects.insert(key.second);
        }
    }
    for (const MemoryBatch& batch : known.batches) {
        for (const MemoryRow& row : batch.rows) {
            if (lies_in(row.slot.day(), query)) {
                subjects.insert(row.subject);
            }
        }
    }
    return subjects;
}

}  // namespace

Result<std::string> answer_version(MemoryDatabase& database,
                                   std::string_view dataset,
                                   UtcDay from,
                                   UtcDay to) {
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known, database.find_known(dataset));
    const auto erased = std::ranges::count_if(
        database.erasures, [&](const Erasure& erasure) { return erasure.dataset == dataset; });
    const auto purged = std::ranges::count_if(known->purged_days,
                                              [&](UtcDay day) { return from <= day && day < to; });
    const Timestamp newest =
        known->batches.empty() ? Timestamp() : known->batches.back().receipt.committed_at;
    return fmt::format("{} at {} erased {} purged {}",
                       known->last_seq(),
                       newest.time_since_epoch().count(),
                       erased,
                       purged);
}

Result<std::vector<std::string>> find_subjects(MemoryDatabase& database,
                                               const SubjectQuery& query) {
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known, database.find_known(query.dataset));
    std::set<std::string> subjects;
    if (known->dataset.kind() == DatasetKind::gauge) {
        const GaugeQuery all{
            .dataset = query.dataset, .subjects = {}, .from = query.from, .to = query.to};
        for (GaugeSeries& series : gauge_series(*known, all)) {
            subjects.insert(std::move(series.subject));
        }
    } else {
        subjects = counter_subjects(*known, query);
    }
    std::vector<std::string> found;
    for (auto next = subjects.upper_bound(query.after);
         next != subjects.end() && static_cast<std::int64_t>(found.size()) < query.limit;
         ++next) {
        found.push_back(*next);
    }
    return found;
}

}  // namespace tidemark::memory
