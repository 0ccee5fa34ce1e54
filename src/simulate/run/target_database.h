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

// Makes Tidemark's own tables in the target, for plans whose schema says so.
using OwnTables = std::function<Result<void>()>;

// Fails with refused for a database that has tables and was not marked by an earlier simulation,
// unless `any_database`. A marked one loses what the earlier one left; an empty one is marked.
Result<void> claim_database(Session& session, bool any_database);

// Makes the schema, writes the history, ages it, vacuums, analyzes and checkpoints. `stop` is
// looked at between statements. Fails with invalid_input for statements that the server refuses.
Result<void> prepare_database(Session& session,
                              const Plan& plan,
                              const OwnTables& make_own_tables,
                              const std::function<bool()>& stop,
                              const Note& note);

// Version and the settings that decide about writes.
Result<void> read_server_facts(Session& session, RunFacts& facts);

// Every sequence, with `first` and `last` as it is now. Fails as the server does.
Result<std::vector<SequenceFact>> read_sequences(Session& session);

// The btree indexes of user tables. Correlations are those of the last ANALYZE. Fails as the server
// does.
Result<std::vector<IndexFact>> read_indexes(Session& session);

}  // namespace tidemark::simulate
