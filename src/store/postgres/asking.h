#pragma once
// What is needed to ask again: has anything changed, and which subjects come next.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/commit_watch.h"
#include "store/postgres/connection.h"
#include "store/postgres/session.h"
#include "store/postgres/tables.h"
#include "store/query_store.h"

namespace tidemark::postgres {

// QueryStore's calls, each one statement and so of one snapshot.
Result<std::string> answer_version(Session& session,
                                   std::string_view dataset,
                                   UtcDay from,
                                   UtcDay to);
Result<std::unique_ptr<CommitWatch>> watch_commits(const std::string& url);
Result<std::vector<std::string>> find_subjects(Connection& connection,
                                               const DatasetTables& tables,
                                               const SubjectQuery& query);

}  // namespace tidemark::postgres
