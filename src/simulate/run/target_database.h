#pragma once
// The database under test before and after the load: safe to use, with its schema and history, and
// what it says of its own transactions.

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/plan/plan.h"
#include "simulate/run/run_folder.h"
#include "simulate/run/session.h"

namespace tidemark::simulate {

// Says what is being done, for the terminal.
using Note = std::function<void(const std::string& words)>;

// Fails with refused for a database that has tables and was not marked by an earlier simulation,
// unless `any_database`. A marked one loses what the earlier one left; an empty one is marked.
Result<void> claim_database(Session& session, bool any_database);

// Makes the schema, writes the history, ages it, vacuums, analyzes and checkpoints. `stop` is
// looked at between statements. Fails with invalid_input for statements that the server refuses.
Result<void> prepare_database(Session& session,
                              const Plan& plan,
                              const std::function<bool()>& stop,
                              const Note& note);

// Version and the settings that decide about writes.
Result<void> read_server_facts(Session& session, RunFacts& facts);

// Asks what became of each operation that the ledger leaves open and completes the ledger; then
// looks for committed transactions that the server does not know (lost) and operations that were
// committed more than once (doubled). Adds to facts.findings.
Result<void> settle_ledger(Session& session,
                           const Plan& plan,
                           const RunFolder& folder,
                           RunFacts& facts);

// Sequences with their state: "name last_value limit", where limit is the least of the sequence's
// own and the column's type.
Result<std::vector<std::string>> read_sequences(Session& session);

}  // namespace tidemark::simulate
