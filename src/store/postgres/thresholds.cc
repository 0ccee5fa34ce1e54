#include "store/postgres/thresholds.h"

#include <fmt/format.h>

namespace tidemark::postgres {

namespace {

using std::chrono::sys_seconds;

constexpr const char* event_columns =
    " e.event_id, e.threshold, e.dataset, e.metric, e.subject, e.period, e.value, e.at_least,"
    " extract(epoch FROM e.synced_through)::bigint,"
    " (extract(epoch FROM e.fired_at) * 1000000)::bigint,"
    " (extract(epoch FROM e.delivered_at) * 1000000)::bigint,"
    " (SELECT coalesce(max(attempt), 0) FROM threshold_attempt a WHERE a.event_id = e.event_id)";

Timestamp instant_at(const Rows& rows, int row, int column) {
    return Timestamp(std::chrono::microseconds(rows.integer(row, column)));
}

Result<std::vector<ThresholdEvent>> read_events(const Rows& rows) {
    std::vector<ThresholdEvent> events;
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(const Total value, Total::parse(rows.text(row, 6)));
        events.push_back({.id = std::string(rows.text(row, 0)),
                          .threshold = std::string(rows.text(row, 1)),
                          .dataset = std::string(rows.text(row, 2)),
                          .metric = std::string(rows.text(row, 3)),
                          .subject = std::string(rows.text(row, 4)),
                          .period = std::string(rows.text(row, 5)),
                          .value = value,
                          .at_least = rows.integer(row, 7),
                          .synced_through = sys_seconds(std::chrono::seconds(rows.integer(row, 8))),
                          .fired_at = instant_at(rows, row, 9),
                          .attempts = rows.integer(row, 11)});
        if (!rows.is_null(row, 10)) {
            events.back().delivered_at = instant_at(rows, row, 10);
        }
    }
    return events;
}

}  // namespace

Result<std::optional<sys_seconds>> judged_through(Connection& connection,
                                                  std::string_view threshold) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT extract(epoch FROM judged_through)::bigint FROM"
                         " threshold_progress WHERE threshold = $1",
                         Parameters().text(threshold)));
    return rows.empty() ? std::optional<sys_seconds>()
                        : std::optional(sys_seconds(std::chrono::seconds(rows.integer(0, 0))));
}

Result<std::int64_t> record_judgement(Connection& connection,
                                      std::string_view threshold,
                                      sys_seconds through,
                                      std::span<const ThresholdEvent> events) {
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin());
    // First: a second worker that judges the same threshold waits here.
    TIDEMARK_RETURN_IF_ERROR(connection.query(
        "INSERT INTO threshold_progress AS p VALUES ($1, to_timestamp($2)) ON CONFLICT (threshold)"
        " DO UPDATE SET judged_through = greatest(p.judged_through, excluded.judged_through)",
        Parameters().text(threshold).integer(std::int64_t{through.time_since_epoch().count()})));
    std::int64_t added = 0;
    for (const ThresholdEvent& event : events) {
        TIDEMARK_ASSIGN_OR_RETURN(
            const Rows inserted,
            connection.query_prepared(
                "INSERT INTO threshold_event (event_id, threshold, dataset, metric, subject,"
                " period, value, at_least, synced_through) VALUES ($1, $2, $3, $4, $5, $6,"
                " $7::text::numeric, $8, to_timestamp($9)) ON CONFLICT DO NOTHING",
                Parameters()
                    .text(event.id)
                    .text(event.threshold)
                    .text(event.dataset)
                    .text(event.metric)
                    .text(event.subject)
                    .text(event.period)
                    .text(event.value.to_string())
                    .integer(event.at_least)
                    .integer(std::int64_t{event.synced_through.time_since_epoch().count()})));
        added += inserted.changed();
    }
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return added;
}

// Those that somebody else is just claiming are passed over.
Result<std::vector<ThresholdEvent>> claim_deliveries(Connection& connection,
                                                     std::string_view threshold,
                                                     std::chrono::milliseconds lease,
                                                     std::int64_t limit) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            fmt::format("WITH claimed AS (UPDATE threshold_event e SET next_attempt_at ="
                        " clock_timestamp() + $2 * interval '1 millisecond' FROM (SELECT event_id,"
                        " next_attempt_at FROM threshold_event WHERE next_attempt_at <="
                        " clock_timestamp() AND threshold = $1 ORDER BY next_attempt_at,"
                        " number LIMIT greatest($3, 0) FOR UPDATE SKIP LOCKED) due WHERE"
                        " e.event_id = due.event_id RETURNING {}, due.next_attempt_at AS since,"
                        " e.number) SELECT * FROM claimed ORDER BY since, number",
                        event_columns),
            Parameters().text(threshold).integer(std::int64_t{lease.count()}).integer(limit)));
    return read_events(rows);
}

Result<void> record_attempt(Connection& connection,
                            std::string_view event_id,
                            std::int64_t status,
                            std::string_view outcome,
                            std::optional<std::chrono::milliseconds> again_in) {
    const std::optional<std::int64_t> again_in_ms =
        again_in.has_value() ? std::optional<std::int64_t>(again_in->count()) : std::nullopt;
    // The update comes first: its row lock orders attempts that are logged at once.
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin());
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows updated,
        connection.query("UPDATE threshold_event SET next_attempt_at = clock_timestamp() + $2 *"
                         " interval '1 millisecond', delivered_at = CASE WHEN $2 IS NULL THEN"
                         " clock_timestamp() END WHERE event_id = $1",
                         Parameters().text(event_id).integer(again_in_ms)));
    if (updated.changed() == 0) {
        return no_such_threshold_event(event_id);
    }
    TIDEMARK_RETURN_IF_ERROR(
        connection.query("INSERT INTO threshold_attempt (event_id, attempt, status, outcome)"
                         " SELECT $1, 1 + coalesce(max(attempt), 0), $2, $3 FROM threshold_attempt"
                         " WHERE event_id = $1",
                         Parameters().text(event_id).integer(status).text(outcome)));
    TIDEMARK_RETURN_IF_ERROR(
        connection.query("DELETE FROM threshold_attempt WHERE event_id = $1 AND attempt <="
                         " (SELECT max(attempt) FROM threshold_attempt WHERE event_id = $1) - $2",
                         Parameters().text(event_id).integer(logged_attempts_max)));
    return transaction.commit();
}

Result<std::vector<ThresholdEvent>> threshold_events(Connection& connection, std::int64_t limit) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(fmt::format("SELECT {} FROM threshold_event e ORDER BY number DESC LIMIT"
                                     " greatest($1, 0)",
                                     event_columns),
                         Parameters().integer(limit)));
    return read_events(rows);
}

Result<std::vector<DeliveryAttempt>> delivery_attempts(Connection& connection,
                                                       std::string_view event_id) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT attempt, (extract(epoch FROM attempted_at) * 1000000)::bigint,"
                         " status, outcome FROM threshold_attempt WHERE event_id = $1"
                         " ORDER BY attempt",
                         Parameters().text(event_id)));
    std::vector<DeliveryAttempt> attempts;
    for (int row = 0; row < rows.size(); ++row) {
        attempts.push_back({.attempt = rows.integer(row, 0),
                            .attempted_at = instant_at(rows, row, 1),
                            .status = rows.integer(row, 2),
                            .outcome = std::string(rows.text(row, 3))});
    }
    return attempts;
}

Result<void> erase_threshold_events(Connection& connection,
                                    std::string_view dataset,
                                    std::string_view subject) {
    TIDEMARK_RETURN_IF_ERROR(
        connection.query("WITH gone AS (DELETE FROM threshold_event WHERE dataset = $1"
                         " AND subject = $2 RETURNING event_id) DELETE FROM threshold_attempt"
                         " WHERE event_id IN (SELECT event_id FROM gone)",
                         Parameters().text(dataset).text(subject)));
    return {};
}

}  // namespace tidemark::postgres
