#include "store/memory/memory_erasing.h"

#include "store/memory/memory_gauge.h"
#include "store/memory/memory_thresholds.h"

namespace tidemark::memory {

namespace {

// The revision of the day's seal; 0: there is none.
std::int64_t revision_of(const MemoryDataset& known, UtcDay day) {
    const auto seal = known.seals.find(day);
    return seal == known.seals.end() ? 0 : seal->second.revision;
}

void add_to(std::vector<Total>& totals, const std::vector<std::int64_t>& values) {
    totals.resize(values.size());
    for (std::size_t metric = 0; metric < values.size(); ++metric) {
        totals[metric] += values[metric];
    }
}

// The rows and events taken from the batch.
std::int64_t erase_rows(const MemoryDataset& known, MemoryBatch& batch, std::string_view subject) {
    const auto events = std::erase_if(batch.events, [&](const GaugeEvent& event) {
        if (event.subject != subject) {
            return false;
        }
        ErasedRows& erased = batch.erased[{event.day(), 0}];
        erased.totals.resize(known.dataset.metrics().size());
        ++erased.row_count;
        erased.totals[event.metric] += event.value;
        return true;
    });
    const auto rows = std::erase_if(batch.rows, [&](const MemoryRow& row) {
        if (row.subject != subject) {
            return false;
        }
        const UtcDay day = row.slot.day();
        ErasedRows& erased = batch.erased[{day, revision_of(known, day)}];
        ++erased.row_count;
        add_to(erased.totals, row.values);
        return true;
    });
    return static_cast<std::int64_t>(events + rows);
}

// The daily rows taken.
std::int64_t erase_daily_rows(MemoryDataset& known, std::string_view subject) {
    return static_cast<std::int64_t>(std::erase_if(known.daily, [&](const auto& row) {
        const auto& [day, of_subject] = row.first;
        if (of_subject != subject) {
            return false;
        }
        if (known.purged_days.contains(day)) {
            add_to(known.erased_days[{day, revision_of(known, day)}], row.second.values);
        }
        return true;
    }));
}

// Those of a gauge, whose levels do not add up.
std::int64_t erase_levels(MemoryDataset& known, std::string_view subject) {
    std::int64_t count = 0;
    const GaugeQuery all{.dataset = known.dataset.name(),
                         .subjects = {std::string(subject)},
                         .from = UtcDay::parse("0001-01-01").value(),
                         .to = UtcDay::parse("9999-12-31").value()};
    for (const GaugeSeries& series : gauge_series(known, all)) {
        count += static_cast<std::int64_t>(series.days.size());
    }
    std::erase_if(known.purged_rows, [&](const auto& row) { return row.first.first == subject; });
    return count;
}

}  // namespace

Result<Erasure> erase_subject(MemoryDatabase& database,
                              Timestamp now,
                              std::string_view dataset,
                              std::string_view subject,
                              const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_erasure(subject, note));
    TIDEMARK_ASSIGN_OR_RETURN(MemoryDataset* const known, database.find_known(dataset));
    Erasure erasure{.dataset = std::string(dataset),
                    .subject_digest = digest_of_subject(subject),
                    .note = note,
                    .erased_at = now};
    // First: the levels of a gauge follow from its events.
    erasure.daily_row_count = known->dataset.kind() == DatasetKind::gauge
                                  ? erase_levels(*known, subject)
                                  : erase_daily_rows(*known, subject);
    for (MemoryBatch& batch : known->batches) {
        const std::int64_t row_count = erase_rows(*known, batch, subject);
        erasure.batch_count += row_count > 0 ? 1 : 0;
        erasure.batch_row_count += row_count;
        erasure.rejected_sample_count += static_cast<std::int64_t>(
            std::erase_if(batch.rejected_samples, [&](const RejectedSample& sample) {
                return sample.text.find(subject) != std::string::npos;
            }));
    }
    erase_threshold_events(database, dataset, subject);
    database.erasures.push_back(erasure);
    return erasure;
}

ErasedRows erased_rows(const MemoryBatch& batch) {
    ErasedRows all{.totals = std::vector<Total>(batch.receipt.totals.size())};
    for (const auto& [place, erased] : batch.erased) {
        all.row_count += erased.row_count;
        for (std::size_t metric = 0; metric < all.totals.size(); ++metric) {
            all.totals[metric] += erased.totals[metric];
        }
    }
    return all;
}

}  // namespace tidemark::memory
