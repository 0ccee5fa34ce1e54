#pragma once
// A SQLite store as the source of a copy.

#include <memory>
#include <string>

#include "base/result.h"
#include "store/copying.h"

namespace tidemark {

// Opens the file, which must be there, and brings its schema up to date. All that is lent is of the
// moment of opening; writers go on meanwhile, unseen. Fails as open_sqlite_store() does.
Result<std::unique_ptr<CopySource>> open_sqlite_copy_source(const std::string& path);

}  // namespace tidemark
