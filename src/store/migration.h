#pragma once
// A numbered step of the schema. Forward only; embedded in the binary
// (cmake/embed_migrations.cmake).

#include <span>
#include <string_view>

#include "base/result.h"

namespace tidemark {

struct Migration {
    int number;  // from 1, without gaps
    std::string_view name;
    std::string_view sql;
};

std::span<const Migration> sqlite_migrations();
std::span<const Migration> postgres_migrations();

// Those of `known` that come after number `applied`, the highest that a database records (0: none).
// Fails with refused, naming both numbers, when the database's schema is newer than this binary.
Result<std::span<const Migration>> pending_migrations(std::span<const Migration> known,
                                                      int applied);

}  // namespace tidemark
