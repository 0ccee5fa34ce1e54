#include "store/memory/memory_storing.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "store/correction_checks.h"
#include "store/memory/memory_adjusting.h"
#include "store/memory/memory_erasing.h"
#include "store/memory/memory_seals.h"
#include "store/refusals.h"
#include "store/void_receipt.h"

namespace tidemark::memory {

namespace {

// The batch as it would be committed; fails when it may not be. The key is the caller's to look at.
Result<MemoryBatch> make_batch(const MemoryDataset& known,
                               Timestamp now,
                               const Batch& batch,
                               RowSource& given) {
    MemoryBatch made;
    made.receipt.identity = batch.identity;
    made.receipt.source = batch.source;
    made.receipt.counts = batch.counts;
    made.receipt.day_grained = batch.day_grained;
    made.rejected_by_reason = batch.rejected_by_reason;
    made.rejected_samples = batch.rejected_samples;
    TIDEMARK_ASSIGN_OR_RETURN(BookedRows rows, book_rows(known, now, batch.day_grained, given));
    TIDEMARK_RETURN_IF_ERROR(link_adjusted(known.dataset, rows, made));
    rows.rewind();
    while (const UsageRow* row = rows.next()) {
        TIDEMARK_RETURN_IF_ERROR(check_row(known.dataset, *row));
        if (known.purged_days.contains(row->slot.day())) {
            return day_purged(known.dataset.name(), row->slot.day());
        }
        if (find_freeze(known, row->slot.day()).has_value()) {
            return day_frozen(known.dataset.name(), row->slot.day());
        }
        made.rows.push_back({.subject = std::string(row->subject),
                             .slot = row->slot,
                             .values = {row->values.begin(), row->values.end()}});
    }
    return made;
}

using Cell = std::pair<UtcDay, std::string>;
using CellSums = std::map<Cell, std::vector<Total>>;

void add_to(CellSums& sums, const Cell& cell, const std::vector<std::int64_t>& values) {
    std::vector<Total>& sum = sums[cell];
    sum.resize(values.size());
    for (std::size_t metric = 0; metric < values.size(); ++metric) {
        sum[metric] += values[metric];
    }
}

// Refused when the usage of a cell that `negated` has would be below zero with it.
Result<void> check_not_below_zero(const MemoryDataset& known,
                                  std::int64_t voided,
                                  const std::vector<MemoryRow>& negated) {
    CellSums sums;
    for (const MemoryRow& row : negated) {
        add_to(sums, {row.slot.day(), row.subject}, row.values);
    }
    for (const auto& [cell, row] : known.daily) {
        if (sums.contains(cell)) {
            add_to(sums, cell, row.values);
        }
    }
    for (const MemoryBatch& batch : known.batches) {
        for (const MemoryRow& row : batch.rows) {
            const Cell cell(row.slot.day(), row.subject);
            if (sums.contains(cell) &&
                batch.receipt.batch_seq > known.folded_through_of(cell.first, cell.second)) {
                add_to(sums, cell, row.values);
            }
        }
    }
    for (const auto& [cell, sum] : sums) {
        if (std::ranges::any_of(sum, [](Total total) { return total < Total(); })) {
            return below_zero(known.dataset.name(), voided, cell.second, cell.first);
        }
    }
    return {};
}

// The batch that would take `voided` back; fails when it may not be.
Result<MemoryBatch> make_void(const MemoryDataset& known,
                              const MemoryBatch& voided,
                              const BatchIdentity& identity) {
    const std::int64_t batch_seq = voided.receipt.batch_seq;
    if (voided.voided_by.has_value()) {
        return voided_before(known.dataset.name(), batch_seq, *voided.voided_by);
    }
    for (const UtcDay day : voided.receipt.days) {
        if (known.purged_days.contains(day)) {
            return day_purged(known.dataset.name(), day);
        }
        if (find_freeze(known, day).has_value()) {
            return day_frozen(known.dataset.name(), day);
        }
    }
    MemoryBatch negated;
    if (known.dataset.kind() == DatasetKind::gauge) {
        negated.receipt = receipt_of_void(voided.receipt, erased_rows(voided), identity);
        return negated;
    }
    negated.receipt.identity = identity;
    negated.receipt.source = void_source(batch_seq);
    negated.receipt.voids = batch_seq;
    negated.receipt.day_grained = voided.receipt.day_grained;
    negated.rows = voided.rows;
    for (MemoryRow& row : negated.rows) {
        for (std::int64_t& value : row.values) {
            value = -value;
        }
    }
    TIDEMARK_RETURN_IF_ERROR(check_not_below_zero(known, batch_seq, negated.rows));
    negate_links(voided, negated);
    return negated;
}

BatchReceipt commit_void(MemoryDatabase& database,
                         Timestamp now,
                         MemoryDataset& known,
                         MemoryBatch negated) {
    const auto place = static_cast<std::size_t>(*negated.receipt.voids - 1);
    known.batches[place].voided_by = known.last_seq() + 1;
    return database.commit(known, std::move(negated), now);
}

// Whether a batch stands already as the correction of another.
bool is_correction(const MemoryDatabase& database,
                   CorrectionKind kind,
                   std::int64_t batch_seq,
                   const BatchReceipt& known) {
    return std::ranges::any_of(database.corrections, [&](const Correction& correction) {
        return correction.kind == kind && correction.dataset == known.identity.dataset &&
               correction.batch_seq == batch_seq && correction.new_seq == known.batch_seq;
    });
}

}  // namespace

Result<StoredBatch> store_batch(MemoryDatabase& database,
                                Timestamp now,
                                const Batch& batch,
                                RowSource& rows) {
    TIDEMARK_ASSIGN_OR_RETURN(MemoryDataset* const known,
                              database.find_counter(batch.identity.dataset));
    TIDEMARK_RETURN_IF_ERROR(check_metric_count(known->dataset, rows));
    if (const BatchReceipt* receipt =
            database.find_receipt(batch.identity.feed, batch.identity.key)) {
        return answer_known_batch(*receipt, batch.identity);
    }
    TIDEMARK_ASSIGN_OR_RETURN(MemoryBatch made, make_batch(*known, now, batch, rows));
    return StoredBatch{.receipt = database.commit(*known, std::move(made), now)};
}

Result<StoredBatch> void_batch(MemoryDatabase& database,
                               Timestamp now,
                               const BatchName& voided,
                               std::string_view key,
                               const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_note(note));
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryBatch* const stored,
                              database.find_stored(voided.dataset, voided.batch_seq));
    const BatchIdentity identity = void_identity(stored->receipt.identity, voided.batch_seq, key);
    if (const BatchReceipt* receipt = database.find_receipt(identity.feed, key)) {
        return answer_known_batch(*receipt, identity);
    }
    MemoryDataset& known = database.datasets.find(voided.dataset)->second;
    TIDEMARK_ASSIGN_OR_RETURN(MemoryBatch negated, make_void(known, *stored, identity));
    StoredBatch voiding{.receipt = commit_void(database, now, known, std::move(negated))};
    database.corrections.push_back({.dataset = voided.dataset,
                                    .batch_seq = voided.batch_seq,
                                    .kind = CorrectionKind::voided,
                                    .voiding_seq = voiding.receipt.batch_seq,
                                    .new_seq = std::nullopt,
                                    .note = note,
                                    .recorded_at = now});
    return voiding;
}

Result<StoredReplacement> replace_batch(MemoryDatabase& database,
                                        Timestamp now,
                                        std::int64_t batch_seq,
                                        const Batch& batch,
                                        RowSource& rows,
                                        const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_note(note));
    const std::string& dataset = batch.identity.dataset;
    TIDEMARK_RETURN_IF_ERROR(database.find_counter(dataset));
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryBatch* const stored,
                              database.find_stored(dataset, batch_seq));
    MemoryDataset& known = database.datasets.find(dataset)->second;
    TIDEMARK_RETURN_IF_ERROR(check_metric_count(known.dataset, rows));
    const BatchIdentity voiding = void_identity(
        stored->receipt.identity, batch_seq, replacement_void_key(dataset, batch_seq));
    if (const BatchReceipt* receipt =
            database.find_receipt(batch.identity.feed, batch.identity.key)) {
        TIDEMARK_ASSIGN_OR_RETURN(StoredBatch answer, answer_known_batch(*receipt, batch.identity));
        if (!is_correction(database, CorrectionKind::replaced, batch_seq, answer.receipt)) {
            return did_not_replace(answer.receipt, batch_seq);
        }
        return StoredReplacement{
            .voiding = {.receipt = *database.find_receipt(voiding.feed, voiding.key),
                        .already_stored = true},
            .replacement = std::move(answer)};
    }
    TIDEMARK_ASSIGN_OR_RETURN(MemoryBatch negated, make_void(known, *stored, voiding));
    TIDEMARK_ASSIGN_OR_RETURN(MemoryBatch made, make_batch(known, now, batch, rows));
    StoredReplacement replaced{
        .voiding = {.receipt = commit_void(database, now, known, std::move(negated))},
        .replacement = {.receipt = database.commit(known, std::move(made), now)}};
    database.corrections.push_back({.dataset = dataset,
                                    .batch_seq = batch_seq,
                                    .kind = CorrectionKind::replaced,
                                    .voiding_seq = replaced.voiding.receipt.batch_seq,
                                    .new_seq = replaced.replacement.receipt.batch_seq,
                                    .note = note,
                                    .recorded_at = now});
    return replaced;
}

Result<StoredBatch> replay_batch(MemoryDatabase& database,
                                 Timestamp now,
                                 std::int64_t batch_seq,
                                 const Batch& batch,
                                 RowSource& rows,
                                 const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_note(note));
    TIDEMARK_RETURN_IF_ERROR(database.find_counter(batch.identity.dataset));
    TIDEMARK_RETURN_IF_ERROR(database.find_stored(batch.identity.dataset, batch_seq));
    TIDEMARK_ASSIGN_OR_RETURN(StoredBatch stored, store_batch(database, now, batch, rows));
    if (stored.already_stored) {
        if (!is_correction(database, CorrectionKind::replayed, batch_seq, stored.receipt)) {
            return did_not_replay(stored.receipt, batch_seq);
        }
        return stored;
    }
    database.corrections.push_back({.dataset = batch.identity.dataset,
                                    .batch_seq = batch_seq,
                                    .kind = CorrectionKind::replayed,
                                    .voiding_seq = std::nullopt,
                                    .new_seq = stored.receipt.batch_seq,
                                    .note = note,
                                    .recorded_at = now});
    return stored;
}

}  // namespace tidemark::memory
