#include "store/memory/memory_gauge.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace tidemark {

namespace {

using Rows = std::map<std::pair<std::string, UtcDay>, GaugeDay>;

// A batch counts unless one that itself counts takes it back.
bool stands(const MemoryDataset& known, const MemoryBatch& batch) {
    if (!batch.voided_by.has_value()) {
        return true;
    }
    return !stands(known, known.batches[static_cast<std::size_t>(*batch.voided_by - 1)]);
}

Rows all_rows(const MemoryDataset& known) {
    Rows rows = known.purged_rows;
    for (const MemoryBatch& batch : known.batches) {
        if (!stands(known, batch)) {
            continue;
        }
        for (GaugeDay& row : days_of(batch.events, known.dataset.metrics().size())) {
            const auto [place, added] = rows.try_emplace({row.subject, row.day}, row);
            for (std::size_t metric = 0; !added && metric < row.levels.size(); ++metric) {
                if (row.levels[metric].has_value()) {
                    observe(place->second.levels[metric], *row.levels[metric]);
                }
            }
        }
    }
    return rows;
}

bool asked_for(const GaugeQuery& query, const std::string& subject) {
    return query.subjects.empty() ||
           std::ranges::find(query.subjects, subject) != query.subjects.end();
}

}  // namespace

std::vector<GaugeSeries> gauge_series(const MemoryDataset& known, const GaugeQuery& query) {
    std::vector<GaugeSeries> all;
    for (auto& [key, row] : all_rows(known)) {
        if (!asked_for(query, row.subject) || row.day >= query.to) {
            continue;
        }
        if (all.empty() || all.back().subject != row.subject) {
            all.push_back({.subject = row.subject, .carried = {}, .days = {}});
            all.back().carried.resize(row.levels.size());
        }
        if (row.day >= query.from) {
            all.back().days.push_back(row);
            continue;
        }
        for (std::size_t metric = 0; metric < row.levels.size(); ++metric) {
            if (row.levels[metric].has_value()) {
                all.back().carried[metric] = row.levels[metric]->current;
            }
        }
    }
    return all;
}

void purge_events(MemoryDataset& known, UtcDay day) {
    for (auto& [key, row] : all_rows(known)) {
        if (row.day == day) {
            known.purged_rows.insert_or_assign(key, row);
        }
    }
    for (MemoryBatch& batch : known.batches) {
        std::erase_if(batch.events, [day](const GaugeEvent& event) { return event.day() == day; });
    }
    known.purged_days.insert(day);
}

}  // namespace tidemark
