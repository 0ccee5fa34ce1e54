#include "store/postgres/sync.h"

#include <utility>

#include <fmt/format.h>

#include "store/postgres/values.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

// Of this database; another use of advisory locks would have to choose other numbers.
constexpr std::string_view lock_numbers = "1416193125, 1";  // "Tide", synchronisation

Timestamp instant_at(const Rows& rows, int row, int column) {
    return Timestamp(std::chrono::microseconds(rows.integer(row, column)));
}

SlotRange range_at(const Rows& rows, int row, int column) {
    return {.begin = Slot::from_index(static_cast<std::int32_t>(rows.integer(row, column))),
            .end = Slot::from_index(static_cast<std::int32_t>(rows.integer(row, column + 1)))};
}

UtcDay day_at(const Rows& rows, int row, int column) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(rows.integer(row, column)));
}

// Runs the query and hands each row to the dataset that its first column names.
template <typename Take>
Result<void> each_row(Connection& connection,
                      const std::string& sql,
                      Freshness& freshness,
                      Take take) {
    TIDEMARK_ASSIGN_OR_RETURN(const Rows rows, connection.query(sql));
    for (int row = 0; row < rows.size(); ++row) {
        const auto found = freshness.datasets.find(std::string(rows.text(row, 0)));
        if (found != freshness.datasets.end()) {
            take(found->second, rows, row);
        }
    }
    return {};
}

Result<void> read_datasets(Connection& connection, Freshness& freshness) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows state,
        connection.query("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,"
                         " generation FROM sync_state"));
    freshness.now = instant_at(state, 0, 0);
    freshness.generation = state.integer(0, 1);
    TIDEMARK_ASSIGN_OR_RETURN(const Rows datasets,
                              connection.query("SELECT name, kind FROM dataset"));
    for (int row = 0; row < datasets.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetKind kind,
                                  parse_dataset_kind(datasets.text(row, 1)));
        freshness.datasets[std::string(datasets.text(row, 0))].kind = kind;
    }
    return {};
}

// Joined by the server: a run a slot is one range here.
Result<void> read_coverage(Connection& connection, Freshness& freshness) {
    TIDEMARK_RETURN_IF_ERROR(each_row(
        connection,
        "SELECT dataset, feed, lower(range), upper(range) FROM ("
        "SELECT r.dataset, r.feed, unnest(range_agg(int4range(c.begin_slot, c.end_slot))) AS range"
        " FROM run r JOIN run_coverage c ON c.run_id = r.id WHERE r.outcome = 'succeeded'"
        " GROUP BY r.dataset, r.feed) AS covered ORDER BY dataset, feed, range",
        freshness,
        [](DatasetFreshness& dataset, const Rows& rows, int row) {
            dataset.feeds[std::string(rows.text(row, 1))].add(range_at(rows, row, 2));
        }));
    return each_row(connection,
                    "SELECT dataset, begin_slot, end_slot FROM acknowledged_hole",
                    freshness,
                    [](DatasetFreshness& dataset, const Rows& rows, int row) {
                        dataset.acknowledged_holes.add(range_at(rows, row, 1));
                    });
}

// A sealed day is dirty while a committed batch above its seal has rows of it.
Result<void> read_seals(Connection& connection, Freshness& freshness) {
    return each_row(connection,
                    "SELECT s.dataset, s.date - date '1970-01-01', EXISTS (SELECT 1 FROM"
                    " batch_registry r WHERE r.dataset = s.dataset AND r.batch_seq > s.through AND"
                    " r.state = 'committed' AND r.days @> ARRAY[s.date]) FROM sealed_day s",
                    freshness,
                    [](DatasetFreshness& dataset, const Rows& rows, int row) {
                        dataset.sealed_days.insert(day_at(rows, row, 1));
                        if (rows.boolean(row, 2)) {
                            dataset.dirty_days.insert(day_at(rows, row, 1));
                        }
                    });
}

Result<void> read_gauges(Connection& connection, Freshness& freshness) {
    const auto take = [](DatasetFreshness& dataset, const Rows& rows, int row) {
        if (dataset.kind == DatasetKind::gauge) {
            dataset.observed_days.insert(day_at(rows, row, 1));
            dataset.last_commit =
                std::max(dataset.last_commit, std::optional(instant_at(rows, row, 2)));
        }
    };
    // A batch observed the days that it has events of, and the day on which it was committed.
    TIDEMARK_RETURN_IF_ERROR(
        each_row(connection,
                 "SELECT b.dataset, d - date '1970-01-01', max((extract(epoch FROM b.committed_at)"
                 " * 1000000)::bigint) FROM batch_registry b JOIN dataset s ON s.name = b.dataset"
                 " AND s.kind = 'gauge' CROSS JOIN unnest(b.days ||"
                 " (b.committed_at AT TIME ZONE 'UTC')::date) AS d WHERE b.state = 'committed'"
                 " GROUP BY 1, 2",
                 freshness,
                 take));
    return each_row(connection,
                    "SELECT r.dataset, (r.ended_at AT TIME ZONE 'UTC')::date - date '1970-01-01',"
                    " max((extract(epoch FROM r.ended_at) * 1000000)::bigint)"
                    " FROM run r JOIN dataset s ON s.name = r.dataset AND s.kind = 'gauge'"
                    " WHERE r.outcome = 'succeeded' GROUP BY 1, 2",
                    freshness,
                    take);
}

// In the transaction of the caller.
Result<Freshness> read_all(Connection& connection) {
    Freshness freshness;
    TIDEMARK_RETURN_IF_ERROR(read_datasets(connection, freshness));
    TIDEMARK_RETURN_IF_ERROR(read_coverage(connection, freshness));
    TIDEMARK_RETURN_IF_ERROR(read_seals(connection, freshness));
    TIDEMARK_RETURN_IF_ERROR(read_gauges(connection, freshness));
    return freshness;
}

// In the transaction of the caller. False where the fence is not above what is kept.
Result<bool> keep_snapshot(Connection& connection,
                           const SyncFence& fence,
                           std::string_view content) {
    // The row's lock orders this with the next worker's taking the lead.
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows state,
        connection.query("SELECT 1 FROM sync_state WHERE epoch = $1 AND generation = $2 FOR UPDATE",
                         Parameters().integer(fence.epoch).integer(fence.generation)));
    if (state.empty()) {
        return false;
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows saved,
        connection.query(
            "INSERT INTO sync_snapshot AS kept (generation, epoch, seq, content)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT (one) DO UPDATE SET generation ="
            " EXCLUDED.generation, epoch = EXCLUDED.epoch, seq = EXCLUDED.seq, content ="
            " EXCLUDED.content, saved_at = clock_timestamp() WHERE (kept.generation, kept.epoch,"
            " kept.seq) < (EXCLUDED.generation, EXCLUDED.epoch, EXCLUDED.seq)",
            Parameters()
                .integer(fence.generation)
                .integer(fence.epoch)
                .integer(fence.seq)
                .text(content)));
    return saved.changed() == 1;
}

// The lock is the session's own: it goes when the connection does. The server ends a session that
// was silent for `ttl`, so that a worker that hangs loses the lead as surely as one that died.
class PostgresLease final : public SyncLease {
 public:
    PostgresLease(std::unique_ptr<Connection> connection, std::int64_t epoch)
        : connection_(std::move(connection)), epoch_(epoch) {}

    [[nodiscard]] std::int64_t epoch() const override { return epoch_; }

    Result<bool> renew() override {
        const Result<Rows> answered = connection_->query("SELECT epoch FROM sync_state");
        if (answered.has_value()) {
            return answered->integer(0, 0) == epoch_;
        }
        return !connection_->alive() ? Result<bool>(false) : Result<bool>(answered.error());
    }

 private:
    std::unique_ptr<Connection> connection_;
    std::int64_t epoch_;
};

}  // namespace

Result<Freshness> read_freshness(Connection& connection) {
    Transaction snapshot(connection);
    TIDEMARK_RETURN_IF_ERROR(snapshot.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    // Waits for a first snapshot that is being made, and before the database's snapshot is taken.
    TIDEMARK_RETURN_IF_ERROR(connection.query("LOCK TABLE sync_state IN ACCESS SHARE MODE"));
    TIDEMARK_ASSIGN_OR_RETURN(Freshness freshness, read_all(connection));
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return freshness;
}

Result<std::unique_ptr<SyncLease>> try_lead(const Session& session,
                                            std::string_view worker,
                                            std::chrono::milliseconds ttl) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                              Connection::open(session.url(), session.options().limits));
    TIDEMARK_RETURN_IF_ERROR(
        connection->query(fmt::format("SET idle_session_timeout = {}", ttl.count())));
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows locked,
        connection->query(fmt::format("SELECT pg_try_advisory_lock({})", lock_numbers)));
    if (!locked.boolean(0, 0)) {
        return std::unique_ptr<SyncLease>();
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows state,
        connection->query("UPDATE sync_state SET epoch = epoch + 1, leader = $1,"
                          " led_since = clock_timestamp() RETURNING epoch",
                          Parameters().text(worker)));
    return std::unique_ptr<SyncLease>(
        std::make_unique<PostgresLease>(std::move(connection), state.integer(0, 0)));
}

Result<bool> save_snapshot(Connection& connection,
                           const SyncFence& fence,
                           std::string_view content) {
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin());
    TIDEMARK_ASSIGN_OR_RETURN(const bool saved, keep_snapshot(connection, fence, content));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return saved;
}

Result<bool> save_first_snapshot(Connection& connection, const SnapshotMaker& make) {
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin("BEGIN ISOLATION LEVEL REPEATABLE READ"));
    // Writers go on; who reads the freshness does so either before what follows or after it.
    TIDEMARK_RETURN_IF_ERROR(connection.query("LOCK TABLE sync_state IN ACCESS EXCLUSIVE MODE"));
    TIDEMARK_ASSIGN_OR_RETURN(const Rows kept, connection.query("SELECT 1 FROM sync_snapshot"));
    if (!kept.empty()) {
        return false;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const Freshness freshness, read_all(connection));
    const StoredSnapshot first = make(freshness);
    TIDEMARK_ASSIGN_OR_RETURN(const bool saved,
                              keep_snapshot(connection, first.fence, first.content));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return saved;
}

Result<std::optional<StoredSnapshot>> load_snapshot(Connection& connection) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT generation, epoch, seq, content FROM sync_snapshot"));
    if (rows.empty()) {
        return std::optional<StoredSnapshot>();
    }
    return std::optional(StoredSnapshot{.fence = {.generation = rows.integer(0, 0),
                                                  .epoch = rows.integer(0, 1),
                                                  .seq = rows.integer(0, 2)},
                                        .content = std::string(rows.text(0, 3))});
}

Result<std::int64_t> raise_generation(Connection& connection, std::int64_t at_least) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("UPDATE sync_state SET generation = greatest(generation + 1, $1)"
                         " RETURNING generation",
                         Parameters().integer(at_least)));
    return rows.integer(0, 0);
}

Result<void> acknowledge_hole(Connection& connection,
                              std::string_view dataset,
                              SlotRange range,
                              std::string_view reason) {
    TIDEMARK_RETURN_IF_ERROR(
        connection.query("INSERT INTO acknowledged_hole (dataset, begin_slot, end_slot, reason)"
                         " VALUES ($1, $2, $3, $4) ON CONFLICT (dataset, begin_slot, end_slot)"
                         " DO UPDATE SET reason = EXCLUDED.reason",
                         Parameters()
                             .text(dataset)
                             .integer(range.begin.index())
                             .integer(range.end.index())
                             .text(reason)));
    return {};
}

}  // namespace tidemark::postgres
