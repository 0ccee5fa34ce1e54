#include "store/sqlite/thresholds.h"

#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

using std::chrono::sys_seconds;

std::int64_t us_of(Timestamp instant) {
    return instant.time_since_epoch().count();
}

Timestamp instant_at(const Statement& row, int column) {
    return Timestamp(std::chrono::microseconds(row.integer(column)));
}

constexpr const char* event_columns =
    "SELECT event_id, threshold, dataset, metric, subject, period, value, at_least, "
    "synced_through_us, fired_at_us, delivered_at_us, (SELECT coalesce(max(attempt), 0) FROM "
    "threshold_attempt a WHERE a.event_id = e.event_id) FROM threshold_event e ";

Result<ThresholdEvent> read_event(const Statement& row) {
    TIDEMARK_ASSIGN_OR_RETURN(const Total value, Total::parse(row.text(6)));
    ThresholdEvent event{
        .id = std::string(row.text(0)),
        .threshold = std::string(row.text(1)),
        .dataset = std::string(row.text(2)),
        .metric = std::string(row.text(3)),
        .subject = std::string(row.text(4)),
        .period = std::string(row.text(5)),
        .value = value,
        .at_least = row.integer(7),
        .synced_through = std::chrono::floor<std::chrono::seconds>(instant_at(row, 8)),
        .fired_at = instant_at(row, 9),
        .attempts = row.integer(11)};
    if (!row.is_null(10)) {
        event.delivered_at = instant_at(row, 10);
    }
    return event;
}

Result<std::vector<ThresholdEvent>> read_events(Statement& rows) {
    std::vector<ThresholdEvent> events;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return events;
        }
        TIDEMARK_ASSIGN_OR_RETURN(ThresholdEvent event, read_event(rows));
        events.push_back(std::move(event));
    }
}

Result<std::vector<ThresholdEvent>> find_due(Connection& connection,
                                             Timestamp now,
                                             std::string_view threshold,
                                             std::int64_t limit) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement due,
        connection.prepare(std::string(event_columns) +
                           "WHERE threshold = ?1 AND next_attempt_at_us <= ?2 ORDER BY "
                           "next_attempt_at_us, number LIMIT max(?3, 0)"));
    due.bind(threshold, us_of(now), limit);
    return read_events(due);
}

Result<void> insert(Connection& connection, Timestamp now, const ThresholdEvent& event) {
    const std::string value = event.value.to_string();
    return connection.run(
        "INSERT INTO threshold_event (event_id, threshold, dataset, metric, subject, period, "
        "value, at_least, synced_through_us, fired_at_us, next_attempt_at_us) VALUES (?1, ?2, ?3, "
        "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10) ON CONFLICT DO NOTHING",
        std::string_view(event.id),
        std::string_view(event.threshold),
        std::string_view(event.dataset),
        std::string_view(event.metric),
        std::string_view(event.subject),
        std::string_view(event.period),
        std::string_view(value),
        event.at_least,
        us_of(event.synced_through),
        us_of(now));
}

}  // namespace

Result<std::optional<sys_seconds>> judged_through(Connection& connection,
                                                  std::string_view threshold) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare(
            "SELECT judged_through_us FROM threshold_progress WHERE threshold = ?1"));
    statement.bind(threshold);
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
    return found ? std::optional(std::chrono::floor<std::chrono::seconds>(instant_at(statement, 0)))
                 : std::optional<sys_seconds>();
}

Result<std::int64_t> record_judgement(Connection& connection,
                                      Timestamp now,
                                      std::string_view threshold,
                                      sys_seconds through,
                                      std::span<const ThresholdEvent> events) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    std::int64_t added = 0;
    for (const ThresholdEvent& event : events) {
        TIDEMARK_RETURN_IF_ERROR(insert(connection, now, event));
        added += connection.changed_count();
    }
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        "INSERT INTO threshold_progress VALUES (?1, ?2) ON CONFLICT (threshold) DO UPDATE SET "
        "judged_through_us = max(judged_through_us, excluded.judged_through_us)",
        threshold,
        us_of(through)));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return added;
}

Result<std::vector<ThresholdEvent>> claim_deliveries(Connection& connection,
                                                     Timestamp now,
                                                     std::string_view threshold,
                                                     std::chrono::milliseconds lease,
                                                     std::int64_t limit) {
    // Whoever asks often and finds nothing does not stand in the writers' way.
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<ThresholdEvent> due,
                              find_due(connection, now, threshold, limit));
    if (due.empty()) {
        return due;
    }
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(due, find_due(connection, now, threshold, limit));
    for (const ThresholdEvent& event : due) {
        TIDEMARK_RETURN_IF_ERROR(
            connection.run("UPDATE threshold_event SET next_attempt_at_us = ?2 WHERE event_id = ?1",
                           std::string_view(event.id),
                           us_of(now + lease)));
    }
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return due;
}

Result<void> record_attempt(Connection& connection,
                            Timestamp now,
                            std::string_view event_id,
                            std::int64_t status,
                            std::string_view outcome,
                            std::optional<std::chrono::milliseconds> again_in) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    const std::optional<std::int64_t> next =
        again_in.has_value() ? std::optional(us_of(now + *again_in)) : std::nullopt;
    const std::optional<std::int64_t> delivered =
        again_in.has_value() ? std::nullopt : std::optional(us_of(now));
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        "UPDATE threshold_event SET next_attempt_at_us = ?2, delivered_at_us = ?3 WHERE "
        "event_id = ?1",
        event_id,
        next,
        delivered));
    if (connection.changed_count() == 0) {
        return no_such_threshold_event(event_id);
    }
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        "INSERT INTO threshold_attempt SELECT ?1, 1 + coalesce(max(attempt), 0), ?2, ?3, ?4 FROM "
        "threshold_attempt WHERE event_id = ?1",
        event_id,
        us_of(now),
        status,
        outcome));
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        "DELETE FROM threshold_attempt WHERE event_id = ?1 AND attempt <= (SELECT max(attempt) "
        "FROM threshold_attempt WHERE event_id = ?1) - ?2",
        event_id,
        logged_attempts_max));
    return transaction.commit();
}

Result<std::vector<ThresholdEvent>> threshold_events(Connection& connection, std::int64_t limit) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare(std::string(event_columns) + "ORDER BY number DESC LIMIT max(?1, 0)"));
    rows.bind(limit);
    return read_events(rows);
}

Result<std::vector<DeliveryAttempt>> delivery_attempts(Connection& connection,
                                                       std::string_view event_id) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare("SELECT attempt, attempted_at_us, status, outcome FROM "
                           "threshold_attempt WHERE event_id = ?1 ORDER BY attempt"));
    rows.bind(event_id);
    std::vector<DeliveryAttempt> attempts;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return attempts;
        }
        attempts.push_back({.attempt = rows.integer(0),
                            .attempted_at = instant_at(rows, 1),
                            .status = rows.integer(2),
                            .outcome = std::string(rows.text(3))});
    }
}

Result<void> erase_threshold_events(Connection& connection,
                                    std::string_view dataset,
                                    std::string_view subject) {
    TIDEMARK_RETURN_IF_ERROR(
        connection.run("DELETE FROM threshold_attempt WHERE event_id IN (SELECT event_id FROM "
                       "threshold_event WHERE dataset = ?1 AND subject = ?2)",
                       dataset,
                       subject));
    return connection.run(
        "DELETE FROM threshold_event WHERE dataset = ?1 AND subject = ?2", dataset, subject);
}

}  // namespace tidemark::sqlite
