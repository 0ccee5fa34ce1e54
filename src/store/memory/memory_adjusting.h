#pragma once
// Adjustments in memory. The caller holds the database's mutex.

#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/adjustment_store.h"
#include "store/memory/memory_database.h"

namespace tidemark::memory {

// The batch's rows as they are to be booked now.
Result<BookedRows> book_rows(const MemoryDataset& known,
                             Timestamp now,
                             bool day_grained,
                             RowSource& rows);

// Notes in the batch what was moved. Fails with invalid_input for a negative value.
Result<void> link_adjusted(const Dataset& dataset, BookedRows& rows, MemoryBatch& batch);

// Notes in `negated`, which takes `voided` back, what is taken back of its links.
void negate_links(const MemoryBatch& voided, MemoryBatch& negated);

// The links of a subject become nobody's.
void erase_links(MemoryBatch& batch, std::string_view subject);

// AdjustmentStore::adjustments().
std::vector<Adjustment> find_adjustments(const MemoryDataset& known, const AdjustmentQuery& query);

}  // namespace tidemark::memory
