#include "store/sqlite/sync.h"

#include <algorithm>
#include <utility>

#include "store/refusals.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

using std::chrono::microseconds;

constexpr std::int64_t day_us = 86'400'000'000;

std::int64_t number(Timestamp instant) {
    return instant.time_since_epoch().count();
}

SlotRange range_at(const Statement& row, int column) {
    return {.begin = Slot::from_index(static_cast<std::int32_t>(row.integer(column))),
            .end = Slot::from_index(static_cast<std::int32_t>(row.integer(column + 1)))};
}

// Runs the query and hands each row to the dataset that its first column names.
template <typename Take, typename... Values>
Result<void> each_row(Connection& connection,
                      std::string_view sql,
                      Freshness& freshness,
                      Take take,
                      const Values&... values) {
    TIDEMARK_ASSIGN_OR_RETURN(Statement statement, connection.prepare(sql));
    statement.bind(values...);
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return {};
        }
        const auto dataset = freshness.datasets.find(std::string(statement.text(0)));
        if (dataset != freshness.datasets.end()) {
            take(dataset->second, statement);
        }
    }
}

Result<void> read_datasets(Connection& connection, Freshness& freshness) {
    TIDEMARK_ASSIGN_OR_RETURN(freshness.generation,
                              connection.integer("SELECT generation FROM sync_state", 1));
    TIDEMARK_ASSIGN_OR_RETURN(Statement statement,
                              connection.prepare("SELECT name, kind FROM dataset"));
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return {};
        }
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetKind kind, parse_dataset_kind(statement.text(1)));
        freshness.datasets[std::string(statement.text(0))].kind = kind;
    }
}

Result<void> read_coverage(Connection& connection, Freshness& freshness) {
    // Joined here in one pass: in order, a range either follows on the last one or begins anew.
    TIDEMARK_RETURN_IF_ERROR(each_row(
        connection,
        "SELECT r.dataset, r.feed, c.begin_slot, c.end_slot FROM run r JOIN run_coverage c ON"
        " c.run_id = r.run_id WHERE r.outcome = 'succeeded' ORDER BY 1, 2, 3",
        freshness,
        [](DatasetFreshness& dataset, const Statement& row) {
            dataset.feeds[std::string(row.text(1))].add(range_at(row, 2));
        }));
    return each_row(connection,
                    "SELECT dataset, begin_slot, end_slot FROM acknowledged_hole",
                    freshness,
                    [](DatasetFreshness& dataset, const Statement& row) {
                        dataset.acknowledged_holes.add(range_at(row, 1));
                    });
}

UtcDay day_at(const Statement& row, int column) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(row.integer(column)));
}

// A sealed day is dirty while a batch above its seal has rows of it.
Result<void> read_seals(Connection& connection, Freshness& freshness) {
    return each_row(connection,
                    "SELECT d.name, s.date, s.through < (SELECT coalesce(max(b.batch_seq), 0) FROM"
                    " batch_day b WHERE b.dataset_id = s.dataset_id AND b.date = s.date)"
                    " FROM sealed_day s JOIN dataset d USING (dataset_id)",
                    freshness,
                    [](DatasetFreshness& dataset, const Statement& row) {
                        dataset.sealed_days.insert(day_at(row, 1));
                        if (row.integer(2) != 0) {
                            dataset.dirty_days.insert(day_at(row, 1));
                        }
                    });
}

Result<void> read_gauges(Connection& connection, Freshness& freshness) {
    const auto take = [](DatasetFreshness& dataset, const Statement& row) {
        if (dataset.kind == DatasetKind::gauge) {
            dataset.observed_days.insert(day_at(row, 1));
            dataset.last_commit = std::max(dataset.last_commit,
                                           std::optional(Timestamp(microseconds(row.integer(2)))));
        }
    };
    // A batch observed the days that it has events of, and the day on which it was committed.
    TIDEMARK_RETURN_IF_ERROR(
        each_row(connection,
                 "SELECT d.name, b.date, max(r.committed_at_us) FROM batch_day b JOIN"
                 " batch_registry r USING (dataset_id, batch_seq) JOIN dataset d USING"
                 " (dataset_id) WHERE d.kind = 'gauge' GROUP BY 1, 2",
                 freshness,
                 take));
    TIDEMARK_RETURN_IF_ERROR(
        each_row(connection,
                 "SELECT d.name, r.committed_at_us / ?1, max(r.committed_at_us) FROM"
                 " batch_registry r JOIN dataset d USING (dataset_id) WHERE d.kind = 'gauge'"
                 " GROUP BY 1, 2",
                 freshness,
                 take,
                 day_us));
    return each_row(connection,
                    "SELECT r.dataset, r.ended_at_us / ?1, max(r.ended_at_us) FROM run r JOIN"
                    " dataset d ON d.name = r.dataset AND d.kind = 'gauge' WHERE r.outcome ="
                    " 'succeeded' GROUP BY 1, 2",
                    freshness,
                    take,
                    day_us);
}

// In the transaction of the caller.
Result<Freshness> read_all(Connection& connection, const Clock& clock) {
    Freshness freshness;
    TIDEMARK_RETURN_IF_ERROR(read_datasets(connection, freshness));
    TIDEMARK_RETURN_IF_ERROR(read_coverage(connection, freshness));
    TIDEMARK_RETURN_IF_ERROR(read_seals(connection, freshness));
    TIDEMARK_RETURN_IF_ERROR(read_gauges(connection, freshness));
    // After the reads: what they found was there by now.
    freshness.now = clock.now();
    return freshness;
}

// In the transaction of the caller. False where the fence is not above what is kept.
Result<bool> keep_snapshot(Connection& connection,
                           const SyncFence& fence,
                           std::string_view content) {
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        "INSERT INTO sync_snapshot (one, generation, epoch, seq, content)"
        " SELECT 1, ?1, ?2, ?3, ?4 FROM sync_state WHERE epoch = ?2 AND generation = ?1"
        " ON CONFLICT (one) DO UPDATE SET generation = excluded.generation,"
        " epoch = excluded.epoch, seq = excluded.seq, content = excluded.content"
        " WHERE (generation, epoch, seq) < (excluded.generation, excluded.epoch, excluded.seq)",
        fence.generation,
        fence.epoch,
        fence.seq,
        content));
    return connection.changed_count() == 1;
}

class SqliteLease final : public SyncLease {
 public:
    SqliteLease(Connection& connection,
                const Clock& clock,
                std::int64_t epoch,
                std::chrono::milliseconds ttl)
        : connection_(connection), clock_(clock), epoch_(epoch), ttl_(ttl) {}

    ~SqliteLease() override {
        // Best effort: a lease that is not given up runs out by itself.
        (void)hold(Timestamp(), Timestamp());
    }

    [[nodiscard]] std::int64_t epoch() const override { return epoch_; }

    Result<bool> renew() override {
        const Timestamp now = clock_.now();
        return hold(now, now + ttl_);
    }

 private:
    Result<bool> hold(Timestamp from, Timestamp until) {
        TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection_));
        TIDEMARK_RETURN_IF_ERROR(connection_.run(
            "UPDATE sync_state SET renewed_at_us = ?2, lease_until_us = ?3 WHERE epoch = ?1",
            epoch_,
            number(from),
            number(until)));
        const bool held = connection_.changed_count() == 1;
        TIDEMARK_RETURN_IF_ERROR(transaction.commit());
        return held;
    }

    Connection& connection_;
    const Clock& clock_;
    std::int64_t epoch_;
    std::chrono::milliseconds ttl_;
};

}  // namespace

Result<Freshness> read_freshness(Connection& connection, const Clock& clock) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(Freshness freshness, read_all(connection, clock));
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return freshness;
}

Result<std::unique_ptr<SyncLease>> try_lead(Connection& connection,
                                            const Clock& clock,
                                            std::string_view worker,
                                            std::chrono::milliseconds ttl) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    const Timestamp now = clock.now();
    // A clock that was set back since would leave a dead worker the lead for as long as it was set
    // back; if the worker is alive after all, the epoch sees to it that only one is heard.
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t held,
        connection.integer(
            "SELECT renewed_at_us <= ?1 AND ?1 < lease_until_us FROM sync_state", 0, number(now)));
    if (held != 0) {
        return std::unique_ptr<SyncLease>();
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t epoch,
        connection.integer("UPDATE sync_state SET epoch = epoch + 1, leader = ?1,"
                           " renewed_at_us = ?2, lease_until_us = ?3 RETURNING epoch",
                           0,
                           worker,
                           number(now),
                           number(now + ttl)));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return std::unique_ptr<SyncLease>(std::make_unique<SqliteLease>(connection, clock, epoch, ttl));
}

Result<bool> save_snapshot(Connection& connection,
                           const SyncFence& fence,
                           std::string_view content) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const bool saved, keep_snapshot(connection, fence, content));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return saved;
}

Result<bool> save_first_snapshot(Connection& connection,
                                 const Clock& clock,
                                 const SnapshotMaker& make) {
    // Nobody else commits between the reads and the snapshot.
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t kept,
                              connection.integer("SELECT 1 FROM sync_snapshot", 0));
    if (kept != 0) {
        return false;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const Freshness freshness, read_all(connection, clock));
    const StoredSnapshot first = make(freshness);
    TIDEMARK_ASSIGN_OR_RETURN(const bool saved,
                              keep_snapshot(connection, first.fence, first.content));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return saved;
}

Result<std::optional<StoredSnapshot>> load_snapshot(Connection& connection) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare("SELECT generation, epoch, seq, content FROM sync_snapshot"));
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
    if (!found) {
        return std::optional<StoredSnapshot>();
    }
    return std::optional(StoredSnapshot{.fence = {.generation = statement.integer(0),
                                                  .epoch = statement.integer(1),
                                                  .seq = statement.integer(2)},
                                        .content = std::string(statement.text(3))});
}

Result<std::int64_t> raise_generation(Connection& connection, std::int64_t at_least) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t generation,
        connection.integer("UPDATE sync_state SET generation = max(generation + 1, ?1)"
                           " RETURNING generation",
                           0,
                           at_least));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return generation;
}

Result<void> acknowledge_hole(Connection& connection,
                              Timestamp now,
                              std::string_view dataset,
                              SlotRange range,
                              std::string_view reason) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        "INSERT INTO acknowledged_hole (dataset, begin_slot, end_slot, reason, acknowledged_at_us)"
        " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (dataset, begin_slot, end_slot)"
        " DO UPDATE SET reason = excluded.reason",
        dataset,
        std::int64_t{range.begin.index()},
        std::int64_t{range.end.index()},
        reason,
        number(now)));
    return transaction.commit();
}

}  // namespace tidemark::sqlite
