#pragma once
// A query on a PostgreSQL database that is not Tidemark's.

#include <memory>
#include <string>

#include "store/row_query.h"

namespace tidemark {

// Connects for each reading and reads in a read-only transaction, so that the source is neither
// held nor changed. The query names the columns that are needed: a role that may read no others
// suffices.
std::unique_ptr<RowQuery> make_postgres_query(std::string url, std::string query);

}  // namespace tidemark
