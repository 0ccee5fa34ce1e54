#include "store/postgres/storing.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "store/postgres/lease_keeper.h"
#include "store/postgres/registry.h"
#include "store/postgres/seals.h"
#include "store/postgres/sql_error.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

// Waits between looks at somebody else's batch: 1 ms at first, then longer, up to 100 ms.
class Backoff {
 public:
    explicit Backoff(std::chrono::milliseconds limit)
        : deadline_(std::chrono::steady_clock::now() + limit) {}

    // False, without waiting, when the limit has passed.
    bool pause() {
        if (std::chrono::steady_clock::now() >= deadline_) {
            return false;
        }
        std::this_thread::sleep_for(wait_);
        wait_ = std::min(wait_ * 2, std::chrono::milliseconds(100));
        return true;
    }

 private:
    std::chrono::steady_clock::time_point deadline_;
    std::chrono::milliseconds wait_{1};
};

Error still_running(const BatchReceipt& other) {
    return {ErrorKind::unavailable,
            fmt::format("feed '{}', key '{}': somebody else has been storing this batch, as {} of "
                        "dataset '{}', for longer than this call waits; the same call may be made "
                        "again",
                        other.identity.feed,
                        other.identity.key,
                        other.batch_seq,
                        other.identity.dataset)};
}

// One call's way to the batch's receipt.
class KeyedStoring {
 public:
    KeyedStoring(Session& session,
                 const DatasetTables& tables,
                 const BatchEntry& entry,
                 const WriteRows& write_rows)
        : session_(session),
          tables_(tables),
          entry_(entry),
          write_rows_(write_rows),
          backoff_(session.options().busy_wait) {}

    Result<StoredBatch> run() {
        while (true) {
            TIDEMARK_ASSIGN_OR_RETURN(std::optional<StoredBatch> stored, attempt());
            if (stored.has_value()) {
                return *std::move(stored);
            }
        }
    }

 private:
    // Nothing: try again.
    Result<std::optional<StoredBatch>> attempt() {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_.ready());
        const BatchIdentity& identity = entry_.receipt.identity;
        TIDEMARK_ASSIGN_OR_RETURN(std::optional<Standing> standing,
                                  find_standing(*connection, identity.feed, identity.key));
        if (standing.has_value() && standing->committed) {
            return answer(std::move(standing->receipt));
        }
        if (!standing.has_value() && entry_.receipt.voids.has_value()) {
            TIDEMARK_ASSIGN_OR_RETURN(
                standing, find_void_of(*connection, identity.dataset, *entry_.receipt.voids));
            if (standing.has_value() && standing->committed) {
                return voided_before(
                    identity.dataset, *entry_.receipt.voids, standing->receipt.batch_seq);
            }
        }
        if (standing.has_value()) {
            return wait_for(*connection, standing->receipt);
        }
        TIDEMARK_RETURN_IF_ERROR(session_.ensure_partitions(tables_, entry_.receipt.days));
        TIDEMARK_ASSIGN_OR_RETURN(const std::optional<std::int64_t> batch_seq,
                                  begin_batch(*connection, entry_, session_.options().lease));
        if (!batch_seq.has_value()) {
            return std::optional<StoredBatch>();  // somebody was faster: look again
        }
        latest_seq_ = *batch_seq;
        return store(*connection, *batch_seq);
    }

    Result<std::optional<StoredBatch>> answer(BatchReceipt receipt) {
        // The commit of an earlier attempt of this call, whose answer was cut off.
        const bool own = receipt.batch_seq == latest_seq_;
        TIDEMARK_ASSIGN_OR_RETURN(StoredBatch stored,
                                  answer_known_batch(std::move(receipt), entry_.receipt.identity));
        stored.already_stored = !own;
        return std::optional(std::move(stored));
    }

    Result<std::optional<StoredBatch>> wait_for(Connection& connection, const BatchReceipt& other) {
        TIDEMARK_ASSIGN_OR_RETURN(
            const bool expired,
            expire_if_ownerless(connection, other.identity.dataset, other.batch_seq));
        if (!expired && !backoff_.pause()) {
            return still_running(other);
        }
        return std::optional<StoredBatch>();
    }

    // The storing transaction and all that can become of it.
    Result<std::optional<StoredBatch>> store(Connection& connection, std::int64_t batch_seq) {
        const std::string& dataset = tables_.dataset.name();
        const LeaseKeeper keeper(session_.url(), session_.options(), dataset, batch_seq);
        const Result<std::optional<Timestamp>> marked = write(connection, batch_seq);
        if (!marked.has_value()) {
            connection.roll_back();
            if (connection.alive()) {
                (void)mark_failed(connection, dataset, batch_seq);
            }
            return marked.error();
        }
        const std::optional<Timestamp> committed_at = *marked;
        if (!committed_at.has_value()) {
            // Expired meanwhile: nothing of it may stay, and the retry takes a new number.
            connection.roll_back();
            TIDEMARK_RETURN_IF_ERROR(release_owner(connection, dataset, batch_seq));
            if (!backoff_.pause()) {
                return still_running(entry_.receipt);
            }
            return std::optional<StoredBatch>();
        }
        if (const Result<void> committed = connection.execute_script("COMMIT");
            !committed.has_value()) {
            if (connection.alive()) {
                return committed.error();
            }
            // Nobody has said whether it was committed: the registry will.
            return std::optional<StoredBatch>();
        }
        (void)release_owner(connection, dataset, batch_seq);
        StoredBatch stored{.receipt = entry_.receipt, .already_stored = false};
        stored.receipt.batch_seq = batch_seq;
        stored.receipt.committed_at = *committed_at;
        return std::optional(std::move(stored));
    }

    Result<std::optional<Timestamp>> write(Connection& connection, std::int64_t batch_seq) {
        TIDEMARK_RETURN_IF_ERROR(connection.execute_script("BEGIN"));
        TIDEMARK_RETURN_IF_ERROR(require_not_frozen(connection, tables_, entry_.receipt.days));
        tl::expected<std::int64_t, SqlError> written = write_rows_(connection, batch_seq);
        if (!written.has_value()) {
            return without_partition(connection, std::move(written).error());
        }
        if (*written != entry_.receipt.row_count) {
            return Error{ErrorKind::corrupt,
                         fmt::format("dataset '{}': {} rows were written for key '{}', {} were "
                                     "expected; nothing was stored",
                                     tables_.dataset.name(),
                                     *written,
                                     entry_.receipt.identity.key,
                                     entry_.receipt.row_count)};
        }
        TIDEMARK_RETURN_IF_ERROR(store_rejected_samples(connection, entry_, batch_seq));
        return mark_committed(connection, tables_.dataset.name(), batch_seq);
    }

    // Rows that find no partition: their day was purged after this call had looked.
    Error without_partition(Connection& connection, SqlError failure) {
        if (failure.state != state_check_violation) {
            return std::move(failure).error;
        }
        session_.forget_partitions();
        connection.roll_back();
        const Result<void> purged = require_not_purged(connection, tables_, entry_.receipt.days);
        return purged.has_value() ? std::move(failure).error : purged.error();
    }

    Session& session_;
    const DatasetTables& tables_;
    const BatchEntry& entry_;
    const WriteRows& write_rows_;
    Backoff backoff_;
    std::int64_t latest_seq_ = 0;
};

}  // namespace

Result<StoredBatch> store_under_key(Session& session,
                                    const DatasetTables& tables,
                                    const BatchEntry& entry,
                                    const WriteRows& write_rows) {
    return KeyedStoring(session, tables, entry, write_rows).run();
}

}  // namespace tidemark::postgres
