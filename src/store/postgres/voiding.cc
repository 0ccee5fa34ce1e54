#include "store/postgres/voiding.h"

#include <fmt/format.h>

#include "store/gauge_chunk.h"
#include "store/postgres/gauge_voiding.h"
#include "store/postgres/registry.h"
#include "store/postgres/storing.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

BatchEntry entry_of_void(const BatchReceipt& voided, std::string_view key) {
    BatchEntry entry;
    entry.receipt = receipt_of_void(voided, key);
    return entry;
}

// The lock, which a purge has to wait for, comes before the look at what is purged: otherwise the
// rows could go between the look and their copying, and half a batch would be taken back.
tl::expected<std::int64_t, SqlError> negate_rows(Connection& connection,
                                                 const DatasetTables& tables,
                                                 const BatchReceipt& voided,
                                                 std::int64_t batch_seq) {
    const auto failed = [](Error error) {
        return tl::unexpected(SqlError{std::move(error), {}, {}});
    };
    const Result<void> locked = connection.execute_script(
        fmt::format("LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE", tables.batch));
    if (!locked.has_value()) {
        return failed(locked.error());
    }
    const Result<void> there = require_not_purged(connection, tables, voided.days);
    if (!there.has_value()) {
        return failed(there.error());
    }
    const tl::expected<Rows, SqlError> negated = connection.run(
        fmt::format("INSERT INTO {0} (batch_seq, {1}, date, slot, {2})"
                    " SELECT $1, {1}, date, slot, {3} FROM {0}"
                    " WHERE batch_seq = $2 AND date = ANY($3) ORDER BY date, {1}, slot",
                    tables.batch,
                    tables.subject,
                    tables.metric_list("{0}"),
                    tables.metric_list("-{0}")),
        Parameters().integer(batch_seq).integer(voided.batch_seq).days(voided.days));
    if (!negated.has_value()) {
        return tl::unexpected(negated.error());
    }
    return negated->changed();
}

}  // namespace

Result<StoredBatch> void_batch(Session& session,
                               const DatasetTables& tables,
                               std::int64_t batch_seq,
                               std::string_view key) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    TIDEMARK_ASSIGN_OR_RETURN(const std::optional<BatchReceipt> voided,
                              find_committed(*connection, tables.dataset.name(), batch_seq));
    if (!voided.has_value()) {
        return no_such_batch(tables.dataset.name(), batch_seq);
    }
    if (tables.dataset.kind() == DatasetKind::gauge) {
        return void_events(session, tables, *voided, entry_of_void(*voided, key));
    }
    return store_under_key(session,
                           tables,
                           entry_of_void(*voided, key),
                           [&](Connection& storing, std::int64_t new_seq) {
                               return negate_rows(storing, tables, *voided, new_seq);
                           });
}

}  // namespace tidemark::postgres
