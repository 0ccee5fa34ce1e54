#include "store/sqlite/seals.h"

#include <chrono>

#include <fmt/format.h>

#include "store/refusals.h"
#include "store/sqlite/total_list.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

UtcDay day_of(std::int64_t date) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(date));
}

Error unreadable(const Connection& connection, std::string_view what, UtcDay day) {
    return Error{
        ErrorKind::corrupt,
        fmt::format(
            "sqlite: '{}': the {} of {} cannot be read", connection.path(), what, day.to_string())};
}

// Whether a batch above `batch_seq` has rows of the day.
Result<bool> has_later_batch(Connection& connection,
                             const DatasetRow& row,
                             UtcDay day,
                             std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t latest,
        connection.integer(
            "SELECT max(batch_seq) FROM batch_day WHERE dataset_id = ?1 AND date = ?2",
            0,
            row.id,
            std::int64_t{day.days_since_epoch()}));
    return latest > batch_seq;
}

constexpr std::string_view select_sealed =
    "SELECT date, revision, through, totals, sealed_at_us, freeze_policy FROM sealed_day "
    "WHERE dataset_id = ?1 ";

Result<SealedDay> read_sealed(Connection& connection, const DatasetRow& row, const Statement& at) {
    SealedDay sealed{.day = day_of(at.integer(0)),
                     .revision = at.integer(1),
                     .through = at.integer(2),
                     .totals = {},
                     .sealed_at = Timestamp(std::chrono::microseconds(at.integer(4)))};
    Result<std::vector<Total>> totals = split_totals(at.text(3));
    if (!totals.has_value()) {
        return unreadable(connection, "seal", sealed.day);
    }
    sealed.totals = std::move(totals).value();
    if (!at.is_null(5)) {
        TIDEMARK_ASSIGN_OR_RETURN(sealed.frozen, parse_freeze_policy(at.text(5)));
    }
    TIDEMARK_ASSIGN_OR_RETURN(sealed.dirty,
                              has_later_batch(connection, row, sealed.day, sealed.through));
    return sealed;
}

Result<std::optional<SealedDay>> find_sealed(Connection& connection,
                                             const DatasetRow& row,
                                             UtcDay day) {
    TIDEMARK_ASSIGN_OR_RETURN(Statement statement,
                              connection.prepare(std::string(select_sealed) + "AND date = ?2"));
    statement.bind(row.id, std::int64_t{day.days_since_epoch()});
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
    if (!found) {
        return std::optional<SealedDay>();
    }
    TIDEMARK_ASSIGN_OR_RETURN(SealedDay sealed, read_sealed(connection, row, statement));
    return std::optional(std::move(sealed));
}

// Added up here, in 128 bits: SQL's sum() ends at 64.
Result<std::vector<Total>> totals_of(Connection& connection, const DatasetRow& row, UtcDay day) {
    const DatasetTables tables(row.dataset);
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare(fmt::format(
            "SELECT {} FROM {} WHERE date = ?1", tables.each_metric("{}"), tables.daily())));
    statement.bind(std::int64_t{day.days_since_epoch()});
    std::vector<Total> totals(row.dataset.metrics().size());
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return totals;
        }
        for (std::size_t metric = 0; metric < totals.size(); ++metric) {
            totals[metric] += statement.integer(static_cast<int>(metric));
        }
    }
}

Result<void> write_event(Connection& connection, const DatasetRow& row, SealEvent& event) {
    TIDEMARK_ASSIGN_OR_RETURN(
        event.id,
        connection.integer(
            "SELECT max(event_id) + 1 FROM seal_event WHERE dataset_id = ?1", 1, row.id));
    const std::string new_totals = join_totals(event.new_totals);
    const std::string old_totals = join_totals(event.old_totals);
    const std::int64_t date = event.day.days_since_epoch();
    const std::int64_t sealed_at_us = event.sealed_at.time_since_epoch().count();
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        "INSERT INTO seal_event (dataset_id, event_id, date, revision, old_totals, new_totals, "
        "through, sealed_at_us) VALUES (?1, ?2, ?3, ?4, nullif(?5, ''), ?6, ?7, ?8)",
        row.id,
        event.id,
        date,
        event.revision,
        old_totals,
        new_totals,
        event.through,
        sealed_at_us));
    return connection.run(
        "INSERT INTO sealed_day (dataset_id, date, revision, through, totals, sealed_at_us) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (dataset_id, date) DO UPDATE SET "
        "revision = excluded.revision, through = excluded.through, totals = excluded.totals, "
        "sealed_at_us = excluded.sealed_at_us",
        row.id,
        date,
        event.revision,
        event.through,
        new_totals,
        sealed_at_us);
}

// Nothing when the day is clean, or not folded yet.
Result<std::optional<SealEvent>> seal_day(Connection& connection,
                                          const DatasetRow& row,
                                          Timestamp now,
                                          UtcDay day) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::optional<SealedDay> sealed,
                              find_sealed(connection, row, day));
    TIDEMARK_ASSIGN_OR_RETURN(const bool unfolded,
                              has_later_batch(connection, row, day, row.folded_through));
    if (unfolded || (sealed.has_value() && !sealed->dirty)) {
        return std::optional<SealEvent>();
    }
    SealEvent event{.day = day,
                    .old_totals = {},
                    .new_totals = {},
                    .through = row.folded_through,
                    .sealed_at = now};
    if (sealed.has_value()) {
        event.revision = sealed->revision + 1;
        event.old_totals = sealed->totals;
    }
    TIDEMARK_ASSIGN_OR_RETURN(event.new_totals, totals_of(connection, row, day));
    TIDEMARK_RETURN_IF_ERROR(write_event(connection, row, event));
    return std::optional(std::move(event));
}

Result<SealEvent> read_event(Connection& connection, const Statement& at) {
    SealEvent event{.id = at.integer(0),
                    .day = day_of(at.integer(1)),
                    .revision = at.integer(2),
                    .old_totals = {},
                    .new_totals = {},
                    .through = at.integer(5),
                    .sealed_at = Timestamp(std::chrono::microseconds(at.integer(6)))};
    Result<std::vector<Total>> old_totals = split_totals(at.text(3));
    Result<std::vector<Total>> new_totals = split_totals(at.text(4));
    if (!old_totals.has_value() || !new_totals.has_value()) {
        return unreadable(connection, "seal event", event.day);
    }
    event.old_totals = std::move(old_totals).value();
    event.new_totals = std::move(new_totals).value();
    return event;
}

}  // namespace

Result<std::map<std::string, Coverage>> coverage_by_feed(Connection& connection,
                                                         std::string_view dataset) {
    TIDEMARK_RETURN_IF_ERROR(find_counter(connection, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement ranges,
        connection.prepare("SELECT r.feed, c.begin_slot, c.end_slot FROM run r JOIN run_coverage c "
                           "ON c.run_id = r.run_id WHERE r.dataset = ?1 AND "
                           "r.outcome = 'succeeded'"));
    ranges.bind(dataset);
    std::map<std::string, Coverage> feeds;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, ranges.step());
        if (!found) {
            return feeds;
        }
        feeds[std::string(ranges.text(0))].add(
            {.begin = Slot::from_index(static_cast<std::int32_t>(ranges.integer(1))),
             .end = Slot::from_index(static_cast<std::int32_t>(ranges.integer(2)))});
    }
}

Result<std::vector<SealEvent>> seal_days(Connection& connection,
                                         Timestamp now,
                                         std::string_view dataset,
                                         std::span<const UtcDay> days) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_counter(connection, dataset));
    std::vector<SealEvent> events;
    for (const UtcDay day : days) {
        TIDEMARK_ASSIGN_OR_RETURN(std::optional<SealEvent> event,
                                  seal_day(connection, row, now, day));
        if (event.has_value()) {
            events.push_back(std::move(*event));
        }
    }
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return events;
}

Result<std::vector<SealedDay>> sealed_days(Connection& connection, std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_counter(connection, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(Statement statement,
                              connection.prepare(std::string(select_sealed) + "ORDER BY date"));
    statement.bind(row.id);
    std::vector<SealedDay> days;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            break;
        }
        TIDEMARK_ASSIGN_OR_RETURN(SealedDay sealed, read_sealed(connection, row, statement));
        days.push_back(std::move(sealed));
    }
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return days;
}

Result<std::vector<SealEvent>> seal_events(Connection& connection,
                                           std::string_view dataset,
                                           std::int64_t after,
                                           std::int64_t limit) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_counter(connection, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare("SELECT event_id, date, revision, old_totals, new_totals, through, "
                           "sealed_at_us FROM seal_event WHERE dataset_id = ?1 AND event_id > ?2 "
                           "ORDER BY event_id"));
    statement.bind(row.id, after);
    std::vector<SealEvent> events;
    while (static_cast<std::int64_t>(events.size()) < limit) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            break;
        }
        TIDEMARK_ASSIGN_OR_RETURN(SealEvent event, read_event(connection, statement));
        events.push_back(std::move(event));
    }
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return events;
}

Result<std::vector<UtcDay>> freeze_days(Connection& connection,
                                        std::string_view dataset,
                                        std::span<const UtcDay> days,
                                        FreezePolicy policy) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_counter(connection, dataset));
    std::vector<UtcDay> frozen;
    for (const UtcDay day : days) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::optional<SealedDay> sealed,
                                  find_sealed(connection, row, day));
        if (!sealed.has_value() || sealed->dirty || sealed->frozen == policy) {
            continue;
        }
        TIDEMARK_RETURN_IF_ERROR(connection.run(
            "UPDATE sealed_day SET freeze_policy = ?3 WHERE dataset_id = ?1 AND date = ?2",
            row.id,
            std::int64_t{day.days_since_epoch()},
            to_string(policy)));
        frozen.push_back(day);
    }
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return frozen;
}

Result<std::vector<UtcDay>> purgeable_days(Connection& connection,
                                           std::string_view dataset,
                                           UtcDay before,
                                           Timestamp quiet_since) {
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_known(connection, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare("SELECT b.date FROM batch_day b JOIN batch_registry r ON "
                           "r.dataset_id = b.dataset_id AND r.batch_seq = b.batch_seq WHERE "
                           "b.dataset_id = ?1 AND b.date < ?2 AND NOT EXISTS (SELECT 1 FROM "
                           "purged_day p WHERE p.dataset_id = b.dataset_id AND p.date = b.date) "
                           "GROUP BY b.date HAVING max(r.committed_at_us) < ?3 ORDER BY b.date"));
    statement.bind(row.id,
                   std::int64_t{before.days_since_epoch()},
                   std::int64_t{quiet_since.time_since_epoch().count()});
    std::vector<UtcDay> days;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return days;
        }
        days.push_back(day_of(statement.integer(0)));
    }
}

Result<std::optional<FreezePolicy>> find_freeze(Connection& connection,
                                                const DatasetRow& row,
                                                UtcDay day) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare("SELECT freeze_policy FROM sealed_day WHERE dataset_id = ?1 AND "
                           "date = ?2 AND freeze_policy IS NOT NULL"));
    statement.bind(row.id, std::int64_t{day.days_since_epoch()});
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
    if (!found) {
        return std::optional<FreezePolicy>();
    }
    TIDEMARK_ASSIGN_OR_RETURN(const FreezePolicy policy, parse_freeze_policy(statement.text(0)));
    return std::optional(policy);
}

Result<void> check_not_frozen(Connection& connection, const DatasetRow& row, UtcDay day) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::optional<FreezePolicy> policy,
                              find_freeze(connection, row, day));
    if (policy.has_value()) {
        return day_frozen(row.dataset.name(), day);
    }
    return {};
}

}  // namespace tidemark::sqlite
