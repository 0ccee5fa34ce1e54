#pragma once
// The batch registry: one row a batch, the only referee of what became of it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/batch.h"
#include "store/ledger_reader.h"
#include "store/postgres/connection.h"

namespace tidemark::postgres {

// The batch that stands under a key: committed, or being written.
struct Standing {
    BatchReceipt receipt;  // without committed_at while it is being written
    bool committed = false;
};

// What stands under (feed, key); expired batches do not.
Result<std::optional<Standing>> find_standing(Connection& connection,
                                              std::string_view feed,
                                              std::string_view key);

// The batch that takes back `voided`, or is about to.
Result<std::optional<Standing>> find_void_of(Connection& connection,
                                             std::string_view dataset,
                                             std::int64_t voided);

Result<std::optional<BatchReceipt>> find_committed(Connection& connection,
                                                   std::string_view dataset,
                                                   std::int64_t batch_seq);

// Committed batches above `after`, in order, at most `limit`.
Result<std::vector<BatchReceipt>> load_committed(Connection& connection,
                                                 std::string_view dataset,
                                                 std::int64_t after,
                                                 std::int64_t limit);

// Those that a query asks for, the newest first.
Result<std::vector<BatchReceipt>> load_committed(Connection& connection, const BatchQuery& query);

// LedgerReader::rejected_by_reason(), of a batch that is there.
Result<ReasonCounts> load_rejected_by_reason(Connection& connection,
                                             std::string_view dataset,
                                             std::int64_t batch_seq);

Result<std::vector<RejectedSample>> load_rejected_samples(Connection& connection,
                                                          std::string_view dataset,
                                                          std::int64_t batch_seq);

}  // namespace tidemark::postgres
