#pragma once
// The statements of a usage query. Each answers in columns (days since 1970-01-01 or slot, subject,
// one sum a metric), in the order of the answer.

#include <cstdint>
#include <string>
#include <vector>

#include "store/postgres/connection.h"
#include "store/postgres/tables.h"
#include "store/store.h"

namespace tidemark::postgres {

// A batch's rows of one day that a read needs.
struct UnfoldedPart {
    std::int64_t batch_seq;
    UtcDay day;
};

// Where the reading begins, in the read's snapshot: one row (folded_through, partial, batch_seq,
// days) for each unfolded committed batch; at least one row, with nulls for the batch.
Statement cursor_statement(const DatasetTables& tables);

// The range's usage where nothing of it is unfolded, in one statement and so in one snapshot. The
// first column tells whether something is, the answer's come behind it. At least one row, with
// nulls for the answer. For listed subjects.
Statement folded_statement(const DatasetTables& tables, const UsageQuery& query);

// The daily rows of the range.
Statement daily_statement(const DatasetTables& tables, const UsageQuery& query);

// The rows of unfolded batches. `partial`: daily rows above the cursor exist, so each row is
// compared with its daily row's folded_through.
Statement unfolded_statement(const DatasetTables& tables,
                             const UsageQuery& query,
                             const std::vector<UnfoldedPart>& parts,
                             bool partial);

// The same of one day and listed subjects, while the dataset is not partial; finds the unfolded
// batches itself. Fails when the day has no partition.
Statement unfolded_day_statement(const DatasetTables& tables, const UsageQuery& query, UtcDay day);

// All batch rows of the range, by slot.
Statement slot_statement(const DatasetTables& tables, const UsageQuery& query);

// The days of the range with rows of whole days, one a row, but for purged ones.
Statement day_grained_statement(const DatasetTables& tables, const UsageQuery& query);

// The purged days of the range, one a row.
Statement purged_statement(const DatasetTables& tables, const UsageQuery& query);

}  // namespace tidemark::postgres
