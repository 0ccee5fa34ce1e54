#pragma once
// Runs of workers and what they declared covered.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/run.h"
#include "store/ledger_reader.h"
#include "store/postgres/connection.h"

namespace tidemark::postgres {

Result<std::int64_t> begin_run(Connection& connection,
                               std::string_view job,
                               std::string_view dataset,
                               std::string_view feed);
Result<void> heartbeat_run(Connection& connection, std::int64_t run_id);
Result<void> end_run(Connection& connection, std::int64_t run_id, const RunEnd& end);
// LedgerReader::find_runs().
Result<std::vector<Run>> load_runs(Connection& connection, const RunQuery& query);
Result<Coverage> load_coverage(Connection& connection,
                               std::string_view dataset,
                               std::string_view feed);

}  // namespace tidemark::postgres
