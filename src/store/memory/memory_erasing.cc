#include "store/memory/memory_erasing.h"

#include "store/memory/memory_gauge.h"

namespace tidemark::memory {

namespace {

// The rows and events taken from the batch.
std::int64_t erase_rows(MemoryBatch& batch, std::string_view subject) {
    batch.erased.totals.resize(batch.receipt.totals.size());
    const auto events = std::erase_if(batch.events, [&](const GaugeEvent& event) {
        if (event.subject != subject) {
            return false;
        }
        ++batch.erased.row_count;
        batch.erased.totals[event.metric] += event.value;
        return true;
    });
    const auto rows = std::erase_if(batch.rows, [&](const MemoryRow& row) {
        if (row.subject != subject) {
            return false;
        }
        ++batch.erased.row_count;
        for (std::size_t metric = 0; metric < row.values.size(); ++metric) {
            batch.erased.totals[metric] += row.values[metric];
        }
        return true;
    });
    return static_cast<std::int64_t>(events + rows);
}

// The daily rows of the subject, removed.
std::int64_t erase_days(MemoryDataset& known, std::string_view subject) {
    if (known.dataset.kind() == DatasetKind::counter) {
        return static_cast<std::int64_t>(std::erase_if(
            known.daily, [&](const auto& row) { return row.first.second == subject; }));
    }
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
    erasure.daily_row_count = erase_days(*known, subject);
    for (MemoryBatch& batch : known->batches) {
        const std::int64_t row_count = erase_rows(batch, subject);
        erasure.batch_count += row_count > 0 ? 1 : 0;
        erasure.batch_row_count += row_count;
        erasure.rejected_sample_count += static_cast<std::int64_t>(
            std::erase_if(batch.rejected_samples, [&](const RejectedSample& sample) {
                return sample.text.find(subject) != std::string::npos;
            }));
    }
    database.erasures.push_back(erasure);
    return erasure;
}

}  // namespace tidemark::memory
