#include "store/postgres/schema.h"

namespace tidemark::postgres {

Result<std::span<const Migration>> load_pending(Connection& connection) {
    // Of pg_class, although to_regclass alone would tell: it looks in the session's cache, which
    // within a transaction learns of tables that others made only when it locks a relation. Without
    // that, whoever saw the table missing and waited for the lock still would.
    TIDEMARK_ASSIGN_OR_RETURN(const Rows present,
                              connection.query("SELECT EXISTS (SELECT FROM pg_catalog.pg_class"
                                               " WHERE oid = to_regclass('schema_migration'))"));
    if (!present.boolean(0, 0)) {
        return pending_migrations(postgres_migrations(), 0);
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows newest,
        connection.query("SELECT coalesce(max(number), 0) FROM schema_migration"));
    return pending_migrations(postgres_migrations(), static_cast<int>(newest.integer(0, 0)));
}

Result<void> migrate(Connection& connection) {
    // The usual case needs no lock.
    TIDEMARK_ASSIGN_OR_RETURN(std::span<const Migration> pending, load_pending(connection));
    if (pending.empty()) {
        return {};
    }
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin());
    TIDEMARK_RETURN_IF_ERROR(connection.query("SELECT pg_advisory_xact_lock(29801, 0)"));
    // Somebody else may have migrated while this session waited.
    TIDEMARK_ASSIGN_OR_RETURN(pending, load_pending(connection));
    for (const Migration& migration : pending) {
        TIDEMARK_RETURN_IF_ERROR(connection.execute_script(std::string(migration.sql)));
        TIDEMARK_RETURN_IF_ERROR(
            connection.query("INSERT INTO schema_migration (number, name) VALUES ($1, $2)",
                             Parameters().integer(migration.number).text(migration.name)));
    }
    return transaction.commit();
}

}  // namespace tidemark::postgres
