#include "store/postgres/corrections.h"

#include <chrono>
#include <optional>
#include <utility>

#include "store/correction_checks.h"
#include "store/postgres/adjusting.h"
#include "store/postgres/gauge_voiding.h"
#include "store/postgres/registry.h"
#include "store/postgres/storing.h"
#include "store/postgres/voiding.h"
#include "store/refusals.h"
#include "store/void_receipt.h"

namespace tidemark::postgres {

namespace {

Result<void> insert_correction(Connection& connection,
                               const BatchReceipt& corrected,
                               CorrectionKind kind,
                               std::optional<std::int64_t> voiding_seq,
                               std::optional<std::int64_t> new_seq,
                               const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(
        connection.query("INSERT INTO correction (dataset, batch_seq, kind, voiding_seq, new_seq,"
                         " reason, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                         Parameters()
                             .text(corrected.identity.dataset)
                             .integer(corrected.batch_seq)
                             .text(to_string(kind))
                             .integer(voiding_seq)
                             .integer(new_seq)
                             .text(note.reason)
                             .text(note.by)));
    return {};
}

Result<BatchReceipt> require_committed(Session& session,
                                       const DatasetTables& tables,
                                       std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    TIDEMARK_ASSIGN_OR_RETURN(std::optional<BatchReceipt> committed,
                              find_committed(*connection, tables.dataset.name(), batch_seq));
    if (!committed.has_value()) {
        return no_such_batch(tables.dataset.name(), batch_seq);
    }
    return *std::move(committed);
}

Result<RetainedRows> require_retained(Session& session,
                                      const DatasetTables& tables,
                                      const BatchReceipt& voided) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    return find_retained(*connection, tables, voided);
}

// Whether `known` stands as the correction of a batch.
Result<bool> is_correction(Session& session,
                           CorrectionKind kind,
                           std::int64_t batch_seq,
                           const BatchReceipt& known) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection->query("SELECT count(*) FROM correction WHERE dataset = $1 AND batch_seq = $2"
                          " AND kind = $3 AND new_seq = $4",
                          Parameters()
                              .text(known.identity.dataset)
                              .integer(batch_seq)
                              .text(to_string(kind))
                              .integer(known.batch_seq)));
    return rows.integer(0, 0) > 0;
}

std::optional<std::int64_t> number_at(const Rows& rows, int row, int column) {
    return rows.is_null(row, column) ? std::nullopt : std::optional(rows.integer(row, column));
}

}  // namespace

Result<StoredBatch> void_batch(Session& session,
                               const DatasetTables& tables,
                               std::int64_t batch_seq,
                               std::string_view key,
                               const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_note(note));
    TIDEMARK_ASSIGN_OR_RETURN(const BatchReceipt voided,
                              require_committed(session, tables, batch_seq));
    TIDEMARK_ASSIGN_OR_RETURN(const RetainedRows retained,
                              require_retained(session, tables, voided));
    const BatchIdentity identity = void_identity(voided.identity, batch_seq, key);
    if (tables.dataset.kind() == DatasetKind::gauge) {
        return void_events(
            session,
            tables,
            voided,
            {.receipt = receipt_of_void(voided, retained.erased, identity),
             .rejected_by_reason = {},
             .rejected_samples = {}},
            [&](Connection& storing, std::span<const std::int64_t> seqs) {
                return insert_correction(
                    storing, voided, CorrectionKind::voided, seqs[0], std::nullopt, note);
            });
    }
    const KeyedBatch voiding = voiding_batch(tables, voided, retained, identity);
    TIDEMARK_ASSIGN_OR_RETURN(
        std::vector<StoredBatch> stored,
        store_together(
            session,
            tables,
            {&voiding, 1},
            [&](Connection& storing, std::span<const std::int64_t> seqs) {
                return insert_correction(
                    storing, voided, CorrectionKind::voided, seqs[0], std::nullopt, note);
            }));
    return std::move(stored.front());
}

Result<StoredReplacement> replace_batch(Session& session,
                                        const DatasetTables& tables,
                                        std::int64_t batch_seq,
                                        const Batch& batch,
                                        RowSource& rows,
                                        const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_note(note));
    TIDEMARK_ASSIGN_OR_RETURN(const BatchReceipt voided,
                              require_committed(session, tables, batch_seq));
    const BatchIdentity voiding = void_identity(
        voided.identity, batch_seq, replacement_void_key(tables.dataset.name(), batch_seq));
    TIDEMARK_ASSIGN_OR_RETURN(const RetainedRows retained,
                              require_retained(session, tables, voided));
    const auto record = [&](Connection& storing, std::span<const std::int64_t> seqs) {
        return insert_correction(storing, voided, CorrectionKind::replaced, seqs[0], seqs[1], note);
    };
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<StoredBatch> stored,
                              store_booked(session, tables, batch, rows, [&](KeyedBatch given) {
                                  const KeyedBatch both[] = {
                                      voiding_batch(tables, voided, retained, voiding),
                                      std::move(given)};
                                  return store_together(session, tables, both, record);
                              }));
    if (stored[1].already_stored) {
        TIDEMARK_ASSIGN_OR_RETURN(
            const bool replaced,
            is_correction(session, CorrectionKind::replaced, batch_seq, stored[1].receipt));
        if (!replaced) {
            return did_not_replace(stored[1].receipt, batch_seq);
        }
    }
    return StoredReplacement{.voiding = std::move(stored[0]), .replacement = std::move(stored[1])};
}

Result<StoredBatch> replay_batch(Session& session,
                                 const DatasetTables& tables,
                                 std::int64_t batch_seq,
                                 const Batch& batch,
                                 RowSource& rows,
                                 const CorrectionNote& note) {
    TIDEMARK_RETURN_IF_ERROR(check_note(note));
    TIDEMARK_ASSIGN_OR_RETURN(const BatchReceipt rejecting,
                              require_committed(session, tables, batch_seq));
    const auto record = [&](Connection& storing, std::span<const std::int64_t> seqs) {
        return insert_correction(
            storing, rejecting, CorrectionKind::replayed, std::nullopt, seqs[0], note);
    };
    TIDEMARK_ASSIGN_OR_RETURN(
        std::vector<StoredBatch> stored,
        store_booked(session, tables, batch, rows, [&](const KeyedBatch& given) {
            return store_together(session, tables, {&given, 1}, record);
        }));
    if (stored.front().already_stored) {
        TIDEMARK_ASSIGN_OR_RETURN(
            const bool replayed,
            is_correction(session, CorrectionKind::replayed, batch_seq, stored.front().receipt));
        if (!replayed) {
            return did_not_replay(stored.front().receipt, batch_seq);
        }
    }
    return std::move(stored.front());
}

Result<std::vector<Correction>> load_corrections(Connection& connection,
                                                 std::string_view dataset,
                                                 std::int64_t from,
                                                 std::int64_t to) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT batch_seq, kind, voiding_seq, new_seq, reason, made_by,"
                         " (extract(epoch FROM recorded_at) * 1000000)::bigint FROM correction"
                         " WHERE dataset = $1 AND batch_seq >= $2 AND batch_seq < $3"
                         " ORDER BY batch_seq, id",
                         Parameters().text(dataset).integer(from).integer(to)));
    std::vector<Correction> corrections;
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(const CorrectionKind kind,
                                  parse_correction_kind(rows.text(row, 1)));
        corrections.push_back(
            {.dataset = std::string(dataset),
             .batch_seq = rows.integer(row, 0),
             .kind = kind,
             .voiding_seq = number_at(rows, row, 2),
             .new_seq = number_at(rows, row, 3),
             .note = {.reason = std::string(rows.text(row, 4)),
                      .by = std::string(rows.text(row, 5))},
             .recorded_at = Timestamp(std::chrono::microseconds(rows.integer(row, 6)))});
    }
    return corrections;
}

}  // namespace tidemark::postgres
