#pragma once
// Settlement: after the load, what became of everything that the ledger leaves open, and whether
// the tables say what the ledger says.

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "simulate/plan/plan.h"
#include "simulate/run/run_folder.h"
#include "simulate/run/session.h"

namespace tidemark::simulate {

// What `verify.total` of the writers that have one says now, by writer. Fails with invalid_input
// for queries of `verify` that the server refuses.
using Totals = std::map<std::string, std::int64_t>;
Result<Totals> read_totals(Session& session, const Plan& plan);

// Asks what became of each operation that the ledger leaves open and completes the ledger; then
// compares it with the server's own memory of transactions and with the tables, and adds what does
// not agree to facts.findings. `before` are the totals before the load. Without a session, as when
// the server did not come back, what is open stays unresolved and nothing is compared. Waits up to
// 20 s for transactions that the server has not ended yet.
Result<void> settle_ledger(Session* session,
                           const Plan& plan,
                           const RunFolder& folder,
                           const Totals& before,
                           RunFacts& facts);

}  // namespace tidemark::simulate
