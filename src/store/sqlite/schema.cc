#include "store/sqlite/schema.h"

#include <fmt/format.h>

#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

Result<std::span<const Migration>> find_pending(Connection& connection) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t ledger_count,
        connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migration'",
                           0));
    std::int64_t applied = 0;
    if (ledger_count > 0) {
        TIDEMARK_ASSIGN_OR_RETURN(
            applied, connection.integer("SELECT max(number) FROM schema_migration", 0));
    }
    Result<std::span<const Migration>> pending =
        pending_migrations(sqlite_migrations(), static_cast<int>(applied));
    if (!pending.has_value()) {
        return with_context(fmt::format("sqlite: '{}'", connection.path()), pending.error());
    }
    return pending;
}

Result<void> migrate(Connection& connection) {
    // Looked at without the write lock first: opening an up-to-date file waits for nobody.
    TIDEMARK_ASSIGN_OR_RETURN(const auto pending_before, find_pending(connection));
    if (pending_before.empty()) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const auto pending, find_pending(connection));
    for (const Migration& migration : pending) {
        TIDEMARK_RETURN_IF_ERROR(connection.run_script(migration.sql));
        TIDEMARK_RETURN_IF_ERROR(
            connection.run("INSERT INTO schema_migration (number, name) VALUES (?1, ?2)",
                           std::int64_t{migration.number},
                           migration.name));
    }
    return transaction.commit();
}

}  // namespace tidemark::sqlite
