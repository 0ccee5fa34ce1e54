#include "store/memory/memory_erasing.h"

namespace tidemark::memory {

namespace {

// The rows taken from the batch.
std::int64_t erase_rows(MemoryBatch& batch, std::string_view subject) {
    batch.erased.totals.resize(batch.receipt.totals.size());
    return static_cast<std::int64_t>(std::erase_if(batch.rows, [&](const MemoryRow& row) {
        if (row.subject != subject) {
            return false;
        }
        ++batch.erased.row_count;
        for (std::size_t metric = 0; metric < row.values.size(); ++metric) {
            batch.erased.totals[metric] += row.values[metric];
        }
        return true;
    }));
}

}  // namespace

Result<Erasure> erase_subject(MemoryDatabase& database,
                              Timestamp now,
                              std::string_view dataset,
                              std::string_view subject,
                              const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_erasure(subject, note));
    TIDEMARK_ASSIGN_OR_RETURN(MemoryDataset* const known, database.find_counter(dataset));
    Erasure erasure{.dataset = std::string(dataset),
                    .subject_digest = digest_of_subject(subject),
                    .note = note,
                    .erased_at = now};
    for (MemoryBatch& batch : known->batches) {
        const std::int64_t row_count = erase_rows(batch, subject);
        erasure.batch_count += row_count > 0 ? 1 : 0;
        erasure.batch_row_count += row_count;
        erasure.rejected_sample_count += static_cast<std::int64_t>(
            std::erase_if(batch.rejected_samples, [&](const RejectedSample& sample) {
                return sample.text.find(subject) != std::string::npos;
            }));
    }
    erasure.daily_row_count = static_cast<std::int64_t>(
        std::erase_if(known->daily, [&](const auto& row) { return row.first.second == subject; }));
    database.erasures.push_back(erasure);
    return erasure;
}

}  // namespace tidemark::memory
