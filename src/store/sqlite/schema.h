#pragma once
// Brings a file's schema up to date.

#include <span>

#include "base/result.h"
#include "store/migration.h"
#include "store/sqlite/connection.h"

namespace tidemark::sqlite {

// The migrations that the file does not have. Fails as migrate() does.
Result<std::span<const Migration>> find_pending(Connection& connection);

// Applies the migrations that the file does not have, all in one transaction: when several
// processes open a new file at once, one applies and the others find it done. Fails with refused
// when the file's schema is newer than this binary.
Result<void> migrate(Connection& connection);

}  // namespace tidemark::sqlite
