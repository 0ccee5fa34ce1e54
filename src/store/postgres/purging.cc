#include "store/postgres/purging.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "store/postgres/folding.h"
#include "store/postgres/sql_error.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

// How long readers and writers may queue behind a purge that waits for others of them, and how long
// they then have the table to themselves.
constexpr std::chrono::milliseconds lock_wait{15};
constexpr std::chrono::milliseconds lock_pause{35};

// The batch table is locked first, as every reader and writer does, then the day's partition: from
// here on nobody holds uncommitted rows of the day. Whoever wants the table while this waits has to
// queue, so it waits for moments only, again and again, until `patience` has passed.
Result<void> lock_day(Connection& connection,
                      const DatasetTables& tables,
                      UtcDay day,
                      std::chrono::milliseconds patience) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows present,
        connection.query("SELECT to_regclass($1) IS NOT NULL",
                         Parameters().text(connection.quote(tables.partition(day)))));
    if (!present.boolean(0, 0)) {
        return {};
    }
    TIDEMARK_RETURN_IF_ERROR(connection.execute_script(
        fmt::format("SAVEPOINT before_locks; SET LOCAL lock_timeout = '{}ms'", lock_wait.count())));
    const std::string locks = fmt::format("LOCK TABLE ONLY {}, {} IN ACCESS EXCLUSIVE MODE",
                                          tables.batch,
                                          connection.quote(tables.partition(day)));
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        const tl::expected<Rows, SqlError> locked = connection.run(locks);
        if (locked.has_value()) {
            return {};
        }
        if (locked.error().state != state_lock_timeout ||
            std::chrono::steady_clock::now() >= deadline) {
            return locked.error().error;
        }
        TIDEMARK_RETURN_IF_ERROR(connection.execute_script("ROLLBACK TO SAVEPOINT before_locks"));
        std::this_thread::sleep_for(lock_pause);
        TIDEMARK_RETURN_IF_ERROR(connection.execute_script(
            fmt::format("SET LOCAL lock_timeout = '{}ms'", lock_wait.count())));
    }
}

Result<void> require_folded(Connection& connection,
                            const DatasetTables& tables,
                            const FoldCursor& cursor,
                            UtcDay day) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            "SELECT min(batch_seq) FROM batch_registry WHERE dataset = $1"
            " AND batch_seq > $2 AND state = 'committed' AND $3 = ANY(days)",
            Parameters().text(tables.dataset.name()).integer(cursor.folded_through).day(day)));
    if (rows.is_null(0, 0)) {
        return {};
    }
    return day_not_folded(tables.dataset.name(), day, rows.integer(0, 0));
}

}  // namespace

Result<bool> purge_day(Session& session, const DatasetTables& tables, UtcDay day) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    Transaction transaction(*connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin("BEGIN ISOLATION LEVEL READ COMMITTED"));
    TIDEMARK_RETURN_IF_ERROR(connection->execute_script(
        fmt::format("SET LOCAL lock_timeout = '{}ms'", session.options().purge_wait.count())));
    const bool gauge = tables.dataset.kind() == DatasetKind::gauge;
    FoldCursor cursor;
    if (gauge) {  // which has nothing to fold: whoever stores or voids holds the counter instead
        TIDEMARK_RETURN_IF_ERROR(hold_numbers(*connection, tables.dataset.name()));
    } else {
        TIDEMARK_ASSIGN_OR_RETURN(cursor, lock_cursor(*connection, tables.dataset.name()));
    }
    // From here on nobody makes the partition anew.
    TIDEMARK_RETURN_IF_ERROR(lock_partitions(*connection, tables));
    TIDEMARK_RETURN_IF_ERROR(lock_day(*connection, tables, day, session.options().purge_wait));
    if (!gauge) {
        TIDEMARK_RETURN_IF_ERROR(require_folded(*connection, tables, cursor, day));
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows marked,
        connection->query("INSERT INTO purged_day (dataset, date) VALUES ($1, $2)"
                          " ON CONFLICT DO NOTHING",
                          Parameters().text(tables.dataset.name()).day(day)));
    TIDEMARK_RETURN_IF_ERROR(connection->execute_script(
        fmt::format("DROP TABLE IF EXISTS {}", connection->quote(tables.partition(day)))));
    if (gauge) {
        TIDEMARK_RETURN_IF_ERROR(connection->query(
            fmt::format("DELETE FROM {} WHERE date = $1", tables.repeat), Parameters().day(day)));
    }
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    session.forget_partitions();
    return marked.changed() > 0;
}

}  // namespace tidemark::postgres
