#include "store/sqlite/corrections.h"

#include <chrono>
#include <optional>
#include <utility>

#include "store/correction_checks.h"
#include "store/refusals.h"
#include "store/sqlite/batch_writer.h"
#include "store/sqlite/dataset_tables.h"
#include "store/sqlite/registry.h"
#include "store/sqlite/transaction.h"
#include "store/sqlite/voiding.h"

namespace tidemark::sqlite {

namespace {

Result<void> insert_correction(Connection& connection,
                               std::int64_t dataset_id,
                               const Correction& correction) {
    return connection.run(
        "INSERT INTO correction (dataset_id, batch_seq, kind, voiding_seq, new_seq, reason, "
        "made_by, recorded_at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        dataset_id,
        correction.batch_seq,
        to_string(correction.kind),
        correction.voiding_seq,
        correction.new_seq,
        correction.note.reason,
        correction.note.by,
        std::int64_t{correction.recorded_at.time_since_epoch().count()});
}

// Whether `known` stands already as the correction of a batch.
Result<bool> is_correction(Connection& connection,
                           const DatasetRow& row,
                           CorrectionKind kind,
                           std::int64_t batch_seq,
                           const BatchReceipt& known) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t count,
        connection.integer("SELECT count(*) FROM correction WHERE dataset_id = ?1 AND "
                           "batch_seq = ?2 AND kind = ?3 AND new_seq = ?4",
                           0,
                           row.id,
                           batch_seq,
                           to_string(kind),
                           known.batch_seq));
    return count > 0;
}

Result<Correction> read_correction(const Statement& row, std::string_view dataset) {
    const auto number = [&row](int column) {
        return row.is_null(column) ? std::nullopt
                                   : std::optional<std::int64_t>(row.integer(column));
    };
    TIDEMARK_ASSIGN_OR_RETURN(const CorrectionKind kind, parse_correction_kind(row.text(1)));
    return Correction{.dataset = std::string(dataset),
                      .batch_seq = row.integer(0),
                      .kind = kind,
                      .voiding_seq = number(2),
                      .new_seq = number(3),
                      .note = {.reason = std::string(row.text(4)), .by = std::string(row.text(5))},
                      .recorded_at = Timestamp(std::chrono::microseconds(row.integer(6)))};
}

// The answer to a replacement whose new batch stands already.
Result<StoredReplacement> answer_known_replacement(Connection& connection,
                                                   const DatasetRow& row,
                                                   std::int64_t batch_seq,
                                                   StoredBatch replacement) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const bool replaced,
        is_correction(connection, row, CorrectionKind::replaced, batch_seq, replacement.receipt));
    if (!replaced) {
        return did_not_replace(replacement.receipt, batch_seq);
    }
    TIDEMARK_ASSIGN_OR_RETURN(const auto voiding_seq, find_voiding(connection, row.id, batch_seq));
    TIDEMARK_ASSIGN_OR_RETURN(BatchReceipt voiding,
                              find_receipt(connection, row, voiding_seq.value_or(0)));
    return StoredReplacement{.voiding = {.receipt = std::move(voiding), .already_stored = true},
                             .replacement = std::move(replacement)};
}

}  // namespace

Result<StoredBatch> void_batch(Connection& connection,
                               const Clock& clock,
                               const BatchName& voided,
                               std::string_view key,
                               const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_note(note));
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_known(connection, voided.dataset));
    TIDEMARK_ASSIGN_OR_RETURN(const BatchReceipt old,
                              find_receipt(connection, row, voided.batch_seq));
    const BatchIdentity identity = void_identity(old.identity, voided.batch_seq, key);
    TIDEMARK_ASSIGN_OR_RETURN(std::optional<BatchReceipt> known,
                              find_receipt(connection, identity.feed, identity.key));
    if (known.has_value()) {
        return answer_known_batch(std::move(*known), identity);
    }
    TIDEMARK_ASSIGN_OR_RETURN(BatchReceipt receipt,
                              insert_void(connection, clock, row, old, identity));
    TIDEMARK_RETURN_IF_ERROR(insert_correction(connection,
                                               row.id,
                                               {.dataset = voided.dataset,
                                                .batch_seq = voided.batch_seq,
                                                .kind = CorrectionKind::voided,
                                                .voiding_seq = receipt.batch_seq,
                                                .new_seq = std::nullopt,
                                                .note = note,
                                                .recorded_at = receipt.committed_at}));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return StoredBatch{.receipt = std::move(receipt)};
}

Result<StoredReplacement> replace_batch(Connection& connection,
                                        const Clock& clock,
                                        std::int64_t batch_seq,
                                        const Batch& batch,
                                        RowSource& rows,
                                        const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_note(note));
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row,
                              find_counter(connection, batch.identity.dataset));
    TIDEMARK_RETURN_IF_ERROR(check_metric_count(row.dataset, rows));
    TIDEMARK_ASSIGN_OR_RETURN(const BatchReceipt old, find_receipt(connection, row, batch_seq));
    TIDEMARK_ASSIGN_OR_RETURN(std::optional<BatchReceipt> known,
                              find_receipt(connection, batch.identity.feed, batch.identity.key));
    if (known.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(StoredBatch answer,
                                  answer_known_batch(std::move(*known), batch.identity));
        return answer_known_replacement(connection, row, batch_seq, std::move(answer));
    }
    const BatchIdentity voiding = void_identity(
        old.identity, batch_seq, replacement_void_key(batch.identity.dataset, batch_seq));
    StoredReplacement replaced;
    TIDEMARK_ASSIGN_OR_RETURN(replaced.voiding.receipt,
                              insert_void(connection, clock, row, old, voiding));
    TIDEMARK_ASSIGN_OR_RETURN(replaced.replacement.receipt,
                              insert_batch(connection, clock, row, batch, rows));
    TIDEMARK_RETURN_IF_ERROR(
        insert_correction(connection,
                          row.id,
                          {.dataset = batch.identity.dataset,
                           .batch_seq = batch_seq,
                           .kind = CorrectionKind::replaced,
                           .voiding_seq = replaced.voiding.receipt.batch_seq,
                           .new_seq = replaced.replacement.receipt.batch_seq,
                           .note = note,
                           .recorded_at = replaced.replacement.receipt.committed_at}));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return replaced;
}

Result<StoredBatch> replay_batch(Connection& connection,
                                 const Clock& clock,
                                 std::int64_t batch_seq,
                                 const Batch& batch,
                                 RowSource& rows,
                                 const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_note(note));
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row,
                              find_counter(connection, batch.identity.dataset));
    TIDEMARK_RETURN_IF_ERROR(check_metric_count(row.dataset, rows));
    TIDEMARK_RETURN_IF_ERROR(find_receipt(connection, row, batch_seq));
    TIDEMARK_ASSIGN_OR_RETURN(std::optional<BatchReceipt> known,
                              find_receipt(connection, batch.identity.feed, batch.identity.key));
    if (known.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(StoredBatch answer,
                                  answer_known_batch(std::move(*known), batch.identity));
        TIDEMARK_ASSIGN_OR_RETURN(
            const bool replayed,
            is_correction(connection, row, CorrectionKind::replayed, batch_seq, answer.receipt));
        return replayed ? Result<StoredBatch>(std::move(answer))
                        : did_not_replay(answer.receipt, batch_seq);
    }
    TIDEMARK_ASSIGN_OR_RETURN(BatchReceipt receipt,
                              insert_batch(connection, clock, row, batch, rows));
    TIDEMARK_RETURN_IF_ERROR(insert_correction(connection,
                                               row.id,
                                               {.dataset = batch.identity.dataset,
                                                .batch_seq = batch_seq,
                                                .kind = CorrectionKind::replayed,
                                                .voiding_seq = std::nullopt,
                                                .new_seq = receipt.batch_seq,
                                                .note = note,
                                                .recorded_at = receipt.committed_at}));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return StoredBatch{.receipt = std::move(receipt)};
}

Result<std::vector<Correction>> load_corrections(Connection& connection,
                                                 std::string_view dataset,
                                                 std::int64_t from,
                                                 std::int64_t to) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_known(connection, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare("SELECT batch_seq, kind, voiding_seq, new_seq, reason, made_by, "
                           "recorded_at_us FROM correction WHERE dataset_id = ?1 AND "
                           "batch_seq >= ?2 AND batch_seq < ?3 ORDER BY batch_seq, correction_id"));
    statement.bind(row.id, from, to);
    std::vector<Correction> corrections;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            break;
        }
        TIDEMARK_ASSIGN_OR_RETURN(Correction correction, read_correction(statement, dataset));
        corrections.push_back(std::move(correction));
    }
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return corrections;
}

}  // namespace tidemark::sqlite
