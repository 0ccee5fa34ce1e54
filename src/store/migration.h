#pragma once
// A numbered step of the schema. Forward only; embedded in the binary
// (cmake/embed_migrations.cmake).

#include <span>
#include <string_view>

namespace tidemark {

struct Migration {
    int number;  // from 1, without gaps
    std::string_view name;
    std::string_view sql;
};

std::span<const Migration> sqlite_migrations();
std::span<const Migration> postgres_migrations();

}  // namespace tidemark
