#include "store/postgres/seals.h"

#include <chrono>

#include <fmt/format.h>

#include "store/postgres/folding.h"
#include "store/postgres/values.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

UtcDay day_at(const Rows& rows, int row, int column) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(rows.integer(row, column)));
}

std::vector<UtcDay> days_in(const Rows& rows) {
    std::vector<UtcDay> days;
    for (int row = 0; row < rows.size(); ++row) {
        days.push_back(day_at(rows, row, 0));
    }
    return days;
}

Timestamp instant_at(const Rows& rows, int row, int column) {
    return Timestamp(std::chrono::microseconds(rows.integer(row, column)));
}

// Whether a batch of these states above `bound` has rows of `day`; both are SQL. The index on
// `days` finds the batches of a day, however long the history is.
std::string has_batch_above(std::string_view bound,
                            std::string_view day,
                            std::string_view states = "'committed'") {
    return fmt::format(
        "EXISTS (SELECT FROM batch_registry r WHERE r.dataset = $1 AND r.days @> ARRAY[{}]"
        " AND r.batch_seq > {} AND r.state IN ({}))",
        day,
        bound,
        states);
}

Result<std::vector<UtcDay>> days_to_seal(Connection& connection,
                                         const DatasetTables& tables,
                                         std::int64_t folded_through,
                                         std::span<const UtcDay> days) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            fmt::format("SELECT g.day - DATE '1970-01-01' FROM unnest($2) WITH ORDINALITY"
                        " AS g (day, place) LEFT JOIN sealed_day s ON s.dataset = $1"
                        " AND s.date = g.day WHERE (s.date IS NULL OR {}) AND NOT {}"
                        " ORDER BY g.place",
                        has_batch_above("s.through", "g.day"),
                        has_batch_above("$3", "g.day")),
            Parameters().text(tables.dataset.name()).days(days).integer(folded_through)));
    return days_in(rows);
}

constexpr std::string_view event_columns =
    "event_id, date - DATE '1970-01-01', revision, old_totals, new_totals, through,"
    " (extract(epoch FROM sealed_at) * 1000000)::bigint";

Result<SealEvent> read_event(const Rows& rows, int row) {
    SealEvent event{.id = rows.integer(row, 0),
                    .day = day_at(rows, row, 1),
                    .revision = rows.integer(row, 2),
                    .old_totals = {},
                    .new_totals = {},
                    .through = rows.integer(row, 5),
                    .sealed_at = instant_at(rows, row, 6)};
    if (!rows.is_null(row, 3)) {
        TIDEMARK_ASSIGN_OR_RETURN(event.old_totals, parse_totals(rows.text(row, 3)));
    }
    TIDEMARK_ASSIGN_OR_RETURN(event.new_totals, parse_totals(rows.text(row, 4)));
    return event;
}

// Under the cursor's lock: no fold changes the daily rows meanwhile, and nobody else seals.
Result<SealEvent> seal_day(Connection& connection,
                           const DatasetTables& tables,
                           std::int64_t folded_through,
                           UtcDay day) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            fmt::format("INSERT INTO seal_event (dataset, event_id, date, revision, old_totals,"
                        " new_totals, through, sealed_at) SELECT $1,"
                        " coalesce((SELECT max(event_id) FROM seal_event WHERE dataset = $1), 0)"
                        " + 1, $2, coalesce(s.revision, 0) + 1, s.totals, d.totals, $3,"
                        " clock_timestamp() FROM (SELECT ARRAY[{0}] AS totals FROM {1}"
                        " WHERE date = $2) d LEFT JOIN sealed_day s ON s.dataset = $1"
                        " AND s.date = $2 RETURNING {2}",
                        tables.metric_list("coalesce(sum({0}), 0)"),
                        tables.daily,
                        event_columns),
            Parameters().text(tables.dataset.name()).day(day).integer(folded_through)));
    TIDEMARK_ASSIGN_OR_RETURN(SealEvent event, read_event(rows, 0));
    TIDEMARK_RETURN_IF_ERROR(connection.query(
        "INSERT INTO sealed_day (dataset, date, revision, through, totals, sealed_at)"
        " SELECT dataset, date, revision, through, new_totals, sealed_at FROM seal_event"
        " WHERE dataset = $1 AND event_id = $2 ON CONFLICT (dataset, date) DO UPDATE"
        " SET revision = excluded.revision, through = excluded.through,"
        " totals = excluded.totals, sealed_at = excluded.sealed_at",
        Parameters().text(tables.dataset.name()).integer(event.id)));
    return event;
}

}  // namespace

Result<std::map<std::string, Coverage>> coverage_by_feed(Connection& connection,
                                                         const DatasetTables& tables) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT feed, lower(covered), upper(covered) FROM (SELECT r.feed,"
                         " unnest(range_agg(int4range(c.begin_slot, c.end_slot))) AS covered"
                         " FROM run r JOIN run_coverage c ON c.run_id = r.id"
                         " WHERE r.dataset = $1 AND r.outcome = 'succeeded' GROUP BY r.feed) f",
                         Parameters().text(tables.dataset.name())));
    std::map<std::string, Coverage> feeds;
    for (int row = 0; row < rows.size(); ++row) {
        feeds[std::string(rows.text(row, 0))].add(
            {.begin = Slot::from_index(static_cast<std::int32_t>(rows.integer(row, 1))),
             .end = Slot::from_index(static_cast<std::int32_t>(rows.integer(row, 2)))});
    }
    return feeds;
}

Result<std::vector<SealEvent>> seal_days(Connection& connection,
                                         const DatasetTables& tables,
                                         std::span<const UtcDay> days) {
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin("BEGIN ISOLATION LEVEL READ COMMITTED"));
    TIDEMARK_ASSIGN_OR_RETURN(const FoldCursor cursor,
                              lock_cursor(connection, tables.dataset.name()));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<UtcDay> due,
                              days_to_seal(connection, tables, cursor.folded_through, days));
    std::vector<SealEvent> events;
    for (const UtcDay day : due) {
        TIDEMARK_ASSIGN_OR_RETURN(SealEvent event,
                                  seal_day(connection, tables, cursor.folded_through, day));
        events.push_back(std::move(event));
    }
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return events;
}

Result<std::vector<SealedDay>> sealed_days(Connection& connection, const DatasetTables& tables) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            fmt::format("SELECT s.date - DATE '1970-01-01', s.revision, s.through, s.totals,"
                        " (extract(epoch FROM s.sealed_at) * 1000000)::bigint, s.freeze_policy, {}"
                        " FROM sealed_day s WHERE s.dataset = $1 ORDER BY s.date",
                        has_batch_above("s.through", "s.date")),
            Parameters().text(tables.dataset.name())));
    std::vector<SealedDay> days;
    for (int row = 0; row < rows.size(); ++row) {
        SealedDay sealed{.day = day_at(rows, row, 0),
                         .revision = rows.integer(row, 1),
                         .through = rows.integer(row, 2),
                         .totals = {},
                         .sealed_at = instant_at(rows, row, 4),
                         .frozen = {},
                         .dirty = rows.boolean(row, 6)};
        TIDEMARK_ASSIGN_OR_RETURN(sealed.totals, parse_totals(rows.text(row, 3)));
        if (!rows.is_null(row, 5)) {
            TIDEMARK_ASSIGN_OR_RETURN(sealed.frozen, parse_freeze_policy(rows.text(row, 5)));
        }
        days.push_back(std::move(sealed));
    }
    return days;
}

Result<std::vector<SealEvent>> seal_events(Connection& connection,
                                           const DatasetTables& tables,
                                           std::int64_t after,
                                           std::int64_t limit) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            fmt::format("SELECT {} FROM seal_event WHERE dataset = $1 AND event_id > $2"
                        " ORDER BY event_id LIMIT greatest($3, 0)",
                        event_columns),
            Parameters().text(tables.dataset.name()).integer(after).integer(limit)));
    std::vector<SealEvent> events;
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(SealEvent event, read_event(rows, row));
        events.push_back(std::move(event));
    }
    return events;
}

Result<std::vector<UtcDay>> freeze_days(Connection& connection,
                                        const DatasetTables& tables,
                                        std::span<const UtcDay> days,
                                        FreezePolicy policy) {
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin("BEGIN ISOLATION LEVEL READ COMMITTED"));
    // A statement of its own: what it waited for is visible to the next.
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows locked,
        connection.query(
            "SELECT date - DATE '1970-01-01' FROM sealed_day WHERE dataset = $1"
            " AND date = ANY($2) AND freeze_policy IS DISTINCT FROM $3"
            " ORDER BY date FOR UPDATE SKIP LOCKED",
            Parameters().text(tables.dataset.name()).days(days).text(to_string(policy))));
    const std::vector<UtcDay> held = days_in(locked);
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows frozen,
        connection.query(
            fmt::format(
                "UPDATE sealed_day s SET freeze_policy = $3 WHERE dataset = $1"
                " AND date = ANY($2) AND NOT {} RETURNING date - DATE '1970-01-01'",
                has_batch_above("s.through", "s.date", "'running', 'written', 'committed'")),
            Parameters().text(tables.dataset.name()).days(held).text(to_string(policy))));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return days_in(frozen);
}

// A day whose rows are kept is one whose partition is there and of which a batch was committed: a
// writer that was killed, or has not finished, may have left a partition alone. OFFSET 0 keeps the
// planner from asking for the day of tables that are no partitions, whose names have none.
Result<std::vector<UtcDay>> purgeable_days(Connection& connection,
                                           const DatasetTables& tables,
                                           UtcDay before,
                                           Timestamp quiet_since) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            "SELECT day - DATE '1970-01-01' FROM (SELECT"
            " to_date(right(c.relname::text, 8), 'YYYYMMDD') AS day"
            " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = $2::regclass OFFSET 0) kept WHERE day < $3 AND EXISTS ("
            "SELECT FROM batch_registry r WHERE r.dataset = $1 AND r.days @> ARRAY[day]"
            " AND r.committed_at IS NOT NULL) AND NOT EXISTS ("
            "SELECT FROM batch_registry r WHERE r.dataset = $1 AND r.days @> ARRAY[day]"
            " AND r.committed_at >= to_timestamp($4 / 1000000.0)) ORDER BY day",
            Parameters()
                .text(tables.dataset.name())
                .text(tables.batch)
                .day(before)
                .integer(std::int64_t{quiet_since.time_since_epoch().count()})));
    return days_in(rows);
}

Result<std::map<UtcDay, FreezePolicy>> hold_freezes(Connection& connection,
                                                    const DatasetTables& tables,
                                                    std::span<const UtcDay> days) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query_prepared("SELECT date - DATE '1970-01-01', freeze_policy FROM sealed_day"
                                  " WHERE dataset = $1 AND date = ANY($2)"
                                  " ORDER BY date FOR KEY SHARE",
                                  Parameters().text(tables.dataset.name()).days(days)));
    std::map<UtcDay, FreezePolicy> frozen;
    for (int row = 0; row < rows.size(); ++row) {
        if (!rows.is_null(row, 1)) {
            TIDEMARK_ASSIGN_OR_RETURN(const FreezePolicy policy,
                                      parse_freeze_policy(rows.text(row, 1)));
            frozen.emplace(day_at(rows, row, 0), policy);
        }
    }
    return frozen;
}

Result<void> require_not_frozen(Connection& connection,
                                const DatasetTables& tables,
                                std::span<const UtcDay> days) {
    if (days.empty()) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const auto frozen, hold_freezes(connection, tables, days));
    if (frozen.empty()) {
        return {};
    }
    return day_frozen(tables.dataset.name(), frozen.begin()->first);
}

}  // namespace tidemark::postgres
