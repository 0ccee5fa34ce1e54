#pragma once
// What is needed to ask again: QueryStore's calls. The caller holds the database's mutex.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/memory/memory_database.h"
#include "store/query_store.h"

namespace tidemark::memory {

Result<std::string> answer_version(MemoryDatabase& database,
                                   std::string_view dataset,
                                   UtcDay from,
                                   UtcDay to);
Result<std::vector<std::string>> find_subjects(MemoryDatabase& database, const SubjectQuery& query);

}  // namespace tidemark::memory
