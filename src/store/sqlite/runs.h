#pragma once
// Runs of workers and the coverage they declare; see Store for what each promises.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/run.h"
#include "store/ledger_reader.h"
#include "store/sqlite/connection.h"

namespace tidemark::sqlite {

Result<std::int64_t> begin_run(Connection& connection,
                               Timestamp now,
                               std::string_view job,
                               std::string_view dataset,
                               std::string_view feed);
Result<void> heartbeat_run(Connection& connection, Timestamp now, std::int64_t run_id);
Result<void> end_run(Connection& connection, Timestamp now, std::int64_t run_id, const RunEnd& end);
// LedgerReader::find_runs().
Result<std::vector<Run>> load_runs(Connection& connection, const RunQuery& query);
Result<Coverage> load_coverage(Connection& connection,
                               std::string_view dataset,
                               std::string_view feed);

}  // namespace tidemark::sqlite
