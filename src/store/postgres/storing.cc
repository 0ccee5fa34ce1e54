#include "store/postgres/storing.h"

#include <algorithm>
#include <memory>
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

Error known_in_part(const BatchReceipt& known) {
    return {ErrorKind::refused,
            fmt::format("feed '{}', key '{}': already stored, as batch {} of dataset '{}', without "
                        "what should be stored with it: use another key",
                        known.identity.feed,
                        known.identity.key,
                        known.batch_seq,
                        known.identity.dataset)};
}

// One call's way to its batches' receipts. Most calls have one batch; one that replaces a batch
// has two, which begin, are written and are committed together.
class KeyedStoring {
 public:
    KeyedStoring(Session& session,
                 const DatasetTables& tables,
                 std::span<const KeyedBatch> batches,
                 const WriteMore& write_more)
        : session_(session),
          tables_(tables),
          batches_(batches),
          write_more_(write_more),
          backoff_(session.options().busy_wait),
          latest_seqs_(batches.size()) {}

    Result<std::vector<StoredBatch>> run() {
        while (true) {
            TIDEMARK_ASSIGN_OR_RETURN(Answer stored, attempt());
            if (stored.has_value()) {
                return *std::move(stored);
            }
        }
    }

 private:
    // Nothing: try again.
    using Answer = std::optional<std::vector<StoredBatch>>;

    Result<Answer> attempt() {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_.ready());
        std::vector<BatchReceipt> known;
        for (const KeyedBatch& batch : batches_) {
            TIDEMARK_ASSIGN_OR_RETURN(std::optional<Standing> standing,
                                      find_other(*connection, batch.entry.receipt));
            if (standing.has_value() && !standing->committed) {
                return wait_for(*connection, standing->receipt);
            }
            if (standing.has_value()) {
                known.push_back(std::move(standing->receipt));
            }
        }
        if (known.size() == batches_.size()) {
            return answer(std::move(known));
        }
        if (!known.empty()) {
            return known_in_part(known.front());
        }
        for (const KeyedBatch& batch : batches_) {
            TIDEMARK_RETURN_IF_ERROR(session_.ensure_partitions(tables_, batch.entry.receipt.days));
        }
        TIDEMARK_ASSIGN_OR_RETURN(const bool begun, begin(*connection));
        if (!begun) {
            return Answer();  // somebody was faster: look again
        }
        return store(*connection);
    }

    // What stands under the batch's key, or is about to take back what this one would. Fails with
    // refused when that was taken back before under another key.
    Result<std::optional<Standing>> find_other(Connection& connection,
                                               const BatchReceipt& receipt) {
        TIDEMARK_ASSIGN_OR_RETURN(
            std::optional<Standing> standing,
            find_standing(connection, receipt.identity.feed, receipt.identity.key));
        if (!standing.has_value() && receipt.voids.has_value()) {
            TIDEMARK_ASSIGN_OR_RETURN(
                standing, find_void_of(connection, receipt.identity.dataset, *receipt.voids));
            if (standing.has_value() && standing->committed) {
                return voided_before(
                    receipt.identity.dataset, *receipt.voids, standing->receipt.batch_seq);
            }
        }
        return standing;
    }

    Result<Answer> answer(std::vector<BatchReceipt> receipts) {
        std::vector<StoredBatch> answers;
        for (std::size_t index = 0; index < receipts.size(); ++index) {
            // The commit of an earlier attempt of this call, whose answer was cut off.
            const bool own = receipts[index].batch_seq == latest_seqs_[index];
            TIDEMARK_ASSIGN_OR_RETURN(StoredBatch stored,
                                      answer_known_batch(std::move(receipts[index]),
                                                         batches_[index].entry.receipt.identity));
            stored.already_stored = !own;
            answers.push_back(std::move(stored));
        }
        return Answer(std::move(answers));
    }

    Result<Answer> wait_for(Connection& connection, const BatchReceipt& other) {
        TIDEMARK_ASSIGN_OR_RETURN(
            const bool expired,
            expire_if_ownerless(connection, other.identity.dataset, other.batch_seq));
        if (!expired && !backoff_.pause()) {
            return still_running(other);
        }
        return Answer();
    }

    // Takes the numbers, in order; false, and none is held, when somebody has just taken a key.
    Result<bool> begin(Connection& connection) {
        for (std::size_t index = 0; index < batches_.size(); ++index) {
            const Result<std::optional<std::int64_t>> batch_seq =
                begin_batch(connection, batches_[index].entry, session_.options().lease);
            if (!batch_seq.has_value() || !batch_seq->has_value()) {
                give_up(connection, index);
                return batch_seq.has_value() ? Result<bool>(false) : batch_seq.error();
            }
            latest_seqs_[index] = **batch_seq;
        }
        return true;
    }

    // Gives the first `count` numbers up, as far as that is possible: their leases do the rest.
    void give_up(Connection& connection, std::size_t count) {
        for (std::size_t index = 0; index < count && connection.alive(); ++index) {
            (void)mark_failed(connection, tables_.dataset.name(), latest_seqs_[index]);
        }
    }

    // The storing transaction and all that can become of it.
    Result<Answer> store(Connection& connection) {
        const std::string& dataset = tables_.dataset.name();
        std::vector<std::unique_ptr<LeaseKeeper>> keepers;
        for (const std::int64_t batch_seq : latest_seqs_) {
            keepers.push_back(std::make_unique<LeaseKeeper>(
                session_.url(), session_.options(), dataset, batch_seq));
        }
        const Result<std::vector<Timestamp>> marked = write(connection);
        if (!marked.has_value()) {
            connection.roll_back();
            give_up(connection, latest_seqs_.size());
            return marked.error();
        }
        if (marked->size() < batches_.size()) {
            // Expired meanwhile: nothing of it may stay, and the retry takes new numbers.
            connection.roll_back();
            give_up(connection, latest_seqs_.size());
            if (!backoff_.pause()) {
                return still_running(batches_.back().entry.receipt);
            }
            return Answer();
        }
        if (const Result<void> committed = connection.execute_script("COMMIT");
            !committed.has_value()) {
            if (connection.alive()) {
                return committed.error();
            }
            // Nobody has said whether it was committed: the registry will.
            return Answer();
        }
        std::vector<StoredBatch> stored;
        for (std::size_t index = 0; index < batches_.size(); ++index) {
            (void)release_owner(connection, dataset, latest_seqs_[index]);
            StoredBatch& one = stored.emplace_back(
                StoredBatch{.receipt = batches_[index].entry.receipt, .already_stored = false});
            one.receipt.batch_seq = latest_seqs_[index];
            one.receipt.committed_at = (*marked)[index];
        }
        return Answer(std::move(stored));
    }

    // The instants of the commit that must follow; fewer than batches when one has expired.
    Result<std::vector<Timestamp>> write(Connection& connection) {
        TIDEMARK_RETURN_IF_ERROR(connection.execute_script("BEGIN"));
        for (const KeyedBatch& batch : batches_) {
            TIDEMARK_RETURN_IF_ERROR(
                require_not_frozen(connection, tables_, batch.entry.receipt.days));
        }
        for (std::size_t index = 0; index < batches_.size(); ++index) {
            TIDEMARK_RETURN_IF_ERROR(write_batch(connection, batches_[index], latest_seqs_[index]));
        }
        if (write_more_) {
            TIDEMARK_RETURN_IF_ERROR(write_more_(connection, latest_seqs_));
        }
        // Last of all, in the order of their numbers, so that leases are renewed until then.
        std::vector<Timestamp> committed_at;
        for (const std::int64_t batch_seq : latest_seqs_) {
            TIDEMARK_ASSIGN_OR_RETURN(
                const std::optional<Timestamp> marked,
                mark_committed(connection, tables_.dataset.name(), batch_seq));
            if (!marked.has_value()) {
                break;
            }
            committed_at.push_back(*marked);
        }
        return committed_at;
    }

    Result<void> write_batch(Connection& connection,
                             const KeyedBatch& batch,
                             std::int64_t batch_seq) {
        const BatchReceipt& receipt = batch.entry.receipt;
        tl::expected<std::int64_t, SqlError> written = batch.write_rows(connection, batch_seq);
        if (!written.has_value()) {
            return without_partition(connection, receipt, std::move(written).error());
        }
        if (*written != receipt.row_count) {
            return Error{ErrorKind::corrupt,
                         fmt::format("dataset '{}': {} rows were written for key '{}', {} were "
                                     "expected; nothing was stored",
                                     tables_.dataset.name(),
                                     *written,
                                     receipt.identity.key,
                                     receipt.row_count)};
        }
        return store_rejected_samples(connection, batch.entry, batch_seq);
    }

    // Rows that find no partition: their day was purged after this call had looked.
    Error without_partition(Connection& connection, const BatchReceipt& receipt, SqlError failure) {
        if (failure.state != state_check_violation) {
            return std::move(failure).error;
        }
        session_.forget_partitions();
        connection.roll_back();
        const Result<void> purged = require_not_purged(connection, tables_, receipt.days);
        return purged.has_value() ? std::move(failure).error : purged.error();
    }

    Session& session_;
    const DatasetTables& tables_;
    const std::span<const KeyedBatch> batches_;
    const WriteMore& write_more_;
    Backoff backoff_;
    std::vector<std::int64_t> latest_seqs_;  // of the latest attempt
};

}  // namespace

Result<std::vector<StoredBatch>> store_together(Session& session,
                                                const DatasetTables& tables,
                                                std::span<const KeyedBatch> batches,
                                                const WriteMore& write_more) {
    return KeyedStoring(session, tables, batches, write_more).run();
}

Result<StoredBatch> store_under_key(Session& session,
                                    const DatasetTables& tables,
                                    const BatchEntry& entry,
                                    const WriteRows& write_rows) {
    const KeyedBatch batch{.entry = entry, .write_rows = write_rows};
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<StoredBatch> stored,
                              store_together(session, tables, {&batch, 1}, {}));
    return std::move(stored.front());
}

}  // namespace tidemark::postgres
