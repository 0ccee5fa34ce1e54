#pragma once
// What is needed to ask again: has anything changed, and which subjects come next.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/query_store.h"
#include "store/sqlite/connection.h"

namespace tidemark::sqlite {

// QueryStore's calls, each in one snapshot.
Result<std::string> answer_version(Connection& connection,
                                   std::string_view dataset,
                                   UtcDay from,
                                   UtcDay to);
Result<std::vector<std::string>> find_subjects(Connection& connection, const SubjectQuery& query);

}  // namespace tidemark::sqlite
