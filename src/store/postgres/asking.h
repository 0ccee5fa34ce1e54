#pragma once
// What is needed to ask again: has anything changed, and which subjects come next.

#include <memory>
#include <optional>
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

// The version that was told last, as long as snapshot_statement() answers what it did then
// (KnownVersions::snapshot); nothing where that is not worth a look, or not known of these days.
std::optional<std::string> version_if_unchanged(Session& session,
                                                std::string_view dataset,
                                                UtcDay from,
                                                UtcDay to);
Statement snapshot_statement();

Result<std::unique_ptr<CommitWatch>> watch_commits(const std::string& url);
Result<std::vector<std::string>> find_subjects(Connection& connection,
                                               const DatasetTables& tables,
                                               const SubjectQuery& query);

}  // namespace tidemark::postgres
