#include "store/postgres/gauge_voiding.h"

#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "store/correction_checks.h"
#include "store/gauge_chunk.h"
#include "store/gauge_recount.h"
#include "store/gauge_repeats.h"
#include "store/postgres/erasing.h"
#include "store/postgres/gauge_reading.h"
#include "store/postgres/gauge_sql.h"
#include "store/postgres/gauge_storing.h"
#include "store/postgres/registry.h"
#include "store/postgres/values.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

// The batch that brought the events about which a chain of voids disputes.
Result<std::int64_t> find_disputed(Connection& connection, const BatchReceipt& voided) {
    BatchReceipt receipt = voided;
    while (receipt.voids.has_value()) {
        const std::int64_t taken_back = *receipt.voids;
        TIDEMARK_ASSIGN_OR_RETURN(std::optional<BatchReceipt> found,
                                  find_committed(connection, receipt.identity.dataset, taken_back));
        if (!found.has_value()) {
            return no_such_batch(receipt.identity.dataset, taken_back);
        }
        receipt = *std::move(found);
    }
    return receipt.batch_seq;
}

Result<std::vector<std::int64_t>> load_voided(Connection& connection, std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT batch_seq, voids FROM batch_registry WHERE dataset = $1 AND"
                         " state = 'committed' AND voids IS NOT NULL",
                         Parameters().text(dataset)));
    std::vector<std::pair<std::int64_t, std::int64_t>> voids;
    for (int row = 0; row < rows.size(); ++row) {
        voids.emplace_back(rows.integer(row, 0), rows.integer(row, 1));
    }
    const std::set<std::int64_t> voided = voided_batches(voids);
    return std::vector<std::int64_t>(voided.begin(), voided.end());
}

// The level of each subject and metric of the day; the server looks at the events, one row a
// subject and metric comes back.
Result<void> add_events(Connection& connection,
                        const DatasetTables& tables,
                        const std::vector<std::int64_t>& voided,
                        UtcDay day,
                        GaugeRecount& recount) {
    const std::string sql = fmt::format(
        "SELECT DISTINCT ON ({0}, metric) {0}, metric, value, {1},"
        " max(value) OVER (PARTITION BY {0}, metric) FROM {2}"
        " WHERE observed_at >= '{3}' AND observed_at < '{4}' AND {0} = ANY($1)"
        " AND batch_seq <> ALL($2) ORDER BY {0}, metric, observed_at DESC, value DESC",
        tables.subject,
        microseconds_of("observed_at"),
        tables.batch,
        day.to_string(),
        day_after(day));
    return connection.query_each(sql,
                                 Parameters().texts(recount.subjects_of(day)).integers(voided),
                                 [&](const Rows& row) -> Result<void> {
                                     recount.add(std::string(row.text(0, 0)),
                                                 day,
                                                 static_cast<std::size_t>(row.integer(0, 1) - 1),
                                                 *read_level(row, 0, 2));
                                     return {};
                                 });
}

Result<void> add_repeats(Connection& connection,
                         const DatasetTables& tables,
                         const std::vector<std::int64_t>& voided,
                         UtcDay day,
                         GaugeRecount& recount) {
    return connection.query_each(
        fmt::format("SELECT events FROM {} WHERE date = $1 AND batch_seq <> ALL($2)",
                    tables.repeat),
        Parameters().day(day).integers(voided),
        [&](const Rows& row) -> Result<void> {
            TIDEMARK_ASSIGN_OR_RETURN(const std::string packed, parse_bytes(row.text(0, 0)));
            TIDEMARK_ASSIGN_OR_RETURN(const std::vector<GaugeEvent> events, unpack_repeats(packed));
            for (const GaugeEvent& event : events) {
                recount.add(event);
            }
            return {};
        });
}

Result<void> replace_rows(Connection& connection,
                          const DatasetTables& tables,
                          const std::vector<GaugeDay>& rows) {
    std::vector<std::string> subjects;
    std::vector<UtcDay> days;
    GaugeRowPointers left;
    for (const GaugeDay& row : rows) {
        subjects.push_back(row.subject);
        days.push_back(row.day);
        if (!is_empty(row)) {
            left.push_back(&row);
        }
    }
    std::vector<Statement> statements = {
        remove_statement(tables, Parameters().texts(subjects).days(days))};
    if (!left.empty()) {
        statements.push_back(GaugeStatements(tables, rows).merge(left));
    }
    TIDEMARK_RETURN_IF_ERROR(connection.query_all(statements));
    return {};
}

Result<void> recount(Connection& connection,
                     const DatasetTables& tables,
                     const BatchReceipt& voided) {
    TIDEMARK_RETURN_IF_ERROR(require_not_purged(connection, tables, voided.days));
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t disputed, find_disputed(connection, voided));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<GaugeEvent> events,
                              load_batch_events(connection, tables, disputed, voided.days));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<std::int64_t> voided_now,
                              load_voided(connection, tables.dataset.name()));
    GaugeRecount rows(events, tables.metrics.size());
    for (const UtcDay day : rows.days()) {
        TIDEMARK_RETURN_IF_ERROR(add_events(connection, tables, voided_now, day, rows));
        TIDEMARK_RETURN_IF_ERROR(add_repeats(connection, tables, voided_now, day, rows));
    }
    return replace_rows(connection, tables, std::move(rows).finish());
}

}  // namespace

Result<StoredBatch> void_events(Session& session,
                                const DatasetTables& tables,
                                const BatchReceipt& voided,
                                const BatchEntry& entry,
                                const WriteMore& write_more) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    Transaction transaction(*connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin());
    const Statement registering = register_committed(entry);
    const Result<std::vector<Rows>> registered = connection->query_all({&registering, 1});
    if (!registered.has_value()) {
        connection->roll_back();
        return answer_unregistered(*connection, entry.receipt, registered.error());
    }
    TIDEMARK_ASSIGN_OR_RETURN(const ErasedRows erased,
                              load_erased_rows(*connection, tables.dataset, voided.batch_seq));
    if (voided.row_count - erased.row_count != entry.receipt.row_count) {
        return erased_meanwhile(tables.dataset.name(), voided.batch_seq);
    }
    TIDEMARK_RETURN_IF_ERROR(recount(*connection, tables, voided));
    const Rows& row = registered->front();
    const std::int64_t batch_seq = row.integer(0, 0);
    TIDEMARK_RETURN_IF_ERROR(write_more(*connection, {&batch_seq, 1}));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    StoredBatch stored{.receipt = entry.receipt, .already_stored = false};
    stored.receipt.batch_seq = batch_seq;
    stored.receipt.committed_at = Timestamp(std::chrono::microseconds(row.integer(0, 1)));
    return stored;
}

}  // namespace tidemark::postgres
