#include "store/sqlite/copy_source.h"

#include <utility>

#include <fmt/format.h>

#include "base/content_hash.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/dataset_tables.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/transaction.h"

namespace tidemark {

namespace {

using sqlite::Connection;
using sqlite::DatasetRow;
using sqlite::DatasetTables;
using sqlite::Statement;
using sqlite::Transaction;

// The rows of a part that is not of one dataset, as CopyPartKind lists its values.
std::string_view small_part_sql(CopyPartKind kind) {
    switch (kind) {
        case CopyPartKind::rejected_samples:
            return "SELECT d.name, s.batch_seq, s.position, s.line, s.reason, s.text FROM "
                   "rejected_sample s JOIN dataset d USING (dataset_id) ORDER BY s.dataset_id, "
                   "s.batch_seq, s.position";
        case CopyPartKind::adjustments:
            return "SELECT d.name, a.batch_seq, a.subject, a.slot, a.row_count, a.totals FROM "
                   "adjustment a JOIN dataset d USING (dataset_id) ORDER BY a.dataset_id, "
                   "a.batch_seq, a.subject, a.slot";
        case CopyPartKind::datasets:
            return "SELECT name, kind, subject, metrics, last_seq, folded_through, partial FROM "
                   "dataset ORDER BY dataset_id";
        case CopyPartKind::batches:
            return "SELECT d.name, r.batch_seq, r.feed, r.batch_key, r.content_hash, r.voids, "
                   "r.source, r.line_count, r.comment_count, r.accepted_count, r.rejected_count, "
                   "r.ignored_count, (SELECT json_group_object(j.reason, j.line_count) FROM "
                   "rejected_reason j WHERE j.dataset_id = r.dataset_id AND j.batch_seq = "
                   "r.batch_seq), r.row_count, r.totals, (SELECT group_concat(p.date) FROM (SELECT "
                   "date FROM batch_day p WHERE p.dataset_id = r.dataset_id AND p.batch_seq = "
                   "r.batch_seq ORDER BY date) p), r.day_grained, r.committed_at_us FROM "
                   "batch_registry r JOIN dataset d USING (dataset_id) ORDER BY r.dataset_id, "
                   "r.batch_seq";
        case CopyPartKind::purged_days:
            return "SELECT d.name, p.date FROM purged_day p JOIN dataset d USING (dataset_id) "
                   "ORDER BY p.dataset_id, p.date";
        case CopyPartKind::runs:
            return "SELECT run_id, job, dataset, feed, started_at_us, heartbeat_at_us, "
                   "ended_at_us, outcome, row_count, byte_count, error FROM run ORDER BY run_id";
        case CopyPartKind::run_coverage:
            return "SELECT run_id, begin_slot, end_slot FROM run_coverage ORDER BY run_id, "
                   "begin_slot";
        case CopyPartKind::sealed_days:
            return "SELECT d.name, s.date, s.revision, s.through, s.totals, s.sealed_at_us, "
                   "s.freeze_policy FROM sealed_day s JOIN dataset d USING (dataset_id) ORDER BY "
                   "s.dataset_id, s.date";
        case CopyPartKind::seal_events:
            return "SELECT d.name, e.event_id, e.date, e.revision, e.old_totals, e.new_totals, "
                   "e.through, e.sealed_at_us FROM seal_event e JOIN dataset d USING (dataset_id) "
                   "ORDER BY e.dataset_id, e.event_id";
        case CopyPartKind::corrections:
            return "SELECT d.name, c.batch_seq, c.kind, c.voiding_seq, c.new_seq, c.reason, "
                   "c.made_by, c.recorded_at_us FROM correction c JOIN dataset d USING "
                   "(dataset_id) ORDER BY c.correction_id";
        case CopyPartKind::erasures:
            return "SELECT d.name, e.subject_digest, e.reason, e.made_by, e.batch_count, "
                   "e.batch_row_count, e.daily_row_count, e.rejected_sample_count, e.erased_at_us "
                   "FROM erasure e JOIN dataset d USING (dataset_id) ORDER BY e.erasure_id";
        case CopyPartKind::erased_batches:
            return "SELECT d.name, e.batch_seq, e.date, e.revision, e.row_count, e.totals FROM "
                   "erased_batch e JOIN dataset d USING (dataset_id) ORDER BY e.dataset_id, "
                   "e.batch_seq, e.date, e.revision";
        case CopyPartKind::erased_days:
            return "SELECT d.name, e.date, e.revision, e.totals FROM erased_day e JOIN dataset d "
                   "USING (dataset_id) ORDER BY e.dataset_id, e.date, e.revision";
        case CopyPartKind::adjusted_batches:
            return "SELECT d.name, a.batch_seq, a.booked_slot, a.row_count, a.totals FROM "
                   "adjusted_batch a JOIN dataset d USING (dataset_id) ORDER BY a.dataset_id, "
                   "a.batch_seq";
        default:
            break;
    }
    return "";
}

// The rows of a part that is of one dataset, likewise. Rows that a purge has marked and not swept
// yet are nobody's to read.
std::string dataset_part_sql(CopyPartKind kind, const DatasetRow& row) {
    const DatasetTables tables(row.dataset);
    const std::string retained =
        fmt::format("date NOT IN (SELECT date FROM purged_day WHERE dataset_id = {})", row.id);
    switch (kind) {
        case CopyPartKind::daily_rows:
            return fmt::format("SELECT date, {0}, {1}, folded_through FROM {2} ORDER BY date, {0}",
                               tables.subject(),
                               tables.each_metric("{}"),
                               tables.daily());
        case CopyPartKind::gauge_events:
            return fmt::format(
                "SELECT batch_seq, metric, {0}, observed_at, value, event_id FROM {1} WHERE {2} "
                "ORDER BY date, batch_seq, {0}, metric, observed_at, value",
                tables.subject(),
                tables.batch(),
                retained);
        case CopyPartKind::gauge_repeats:
            return fmt::format(
                "SELECT batch_seq, date, events FROM {} WHERE {} ORDER BY date, batch_seq",
                tables.repeat(),
                retained);
        case CopyPartKind::gauge_rows:
            return fmt::format("SELECT {0}, date, {1} FROM {2} ORDER BY {0}, date",
                               tables.subject(),
                               tables.each_level_column("{}"),
                               tables.daily());
        default:
            return fmt::format(
                "SELECT batch_seq, {0}, date, slot, {1} FROM {2} WHERE {3} "
                "ORDER BY batch_seq, date, {0}, slot",
                tables.subject(),
                tables.each_metric("{}"),
                tables.batch(),
                retained);
    }
}

class SqliteCopySource final : public CopySource {
 public:
    SqliteCopySource(std::unique_ptr<Connection> connection, Transaction snapshot)
        : connection_(std::move(connection)), snapshot_(std::move(snapshot)) {}

    Result<std::vector<Dataset>> datasets() override { return sqlite::load_datasets(*connection_); }
    Result<std::vector<UtcDay>> days(std::string_view dataset) override;
    Result<std::string> fingerprint() override;
    Result<std::int64_t> row_count(const CopyPart& part) override;
    Result<void> read(const CopyPart& part,
                      std::int64_t skipped,
                      const std::function<Result<void>(CopyRow)>& take) override;

 private:
    Result<std::string> sql_of(const CopyPart& part);

    std::unique_ptr<Connection> connection_;
    Transaction snapshot_;  // goes before the connection
};

Result<std::string> SqliteCopySource::sql_of(const CopyPart& part) {
    if (part.dataset.empty()) {
        return std::string(small_part_sql(part.kind));
    }
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, sqlite::find_known(*connection_, part.dataset));
    return dataset_part_sql(part.kind, row);
}

Result<std::vector<UtcDay>> SqliteCopySource::days(std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, sqlite::find_known(*connection_, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection_->prepare("SELECT DISTINCT date FROM batch_day WHERE dataset_id = ?1 AND date "
                             "NOT IN (SELECT date FROM purged_day WHERE dataset_id = ?1) "
                             "ORDER BY date"));
    statement.bind(row.id);
    std::vector<UtcDay> found_days;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return found_days;
        }
        found_days.push_back(
            UtcDay::from_days_since_epoch(static_cast<std::int32_t>(statement.integer(0))));
    }
}

Result<std::string> SqliteCopySource::fingerprint() {
    ContentHasher hasher;
    for (const std::string_view sql :
         {"SELECT name, last_seq, folded_through, partial FROM dataset ORDER BY dataset_id",
          "SELECT dataset_id, batch_seq, content_hash, committed_at_us FROM batch_registry",
          "SELECT count(*), coalesce(max(heartbeat_at_us), 0), count(ended_at_us), 0 FROM run",
          "SELECT (SELECT count(*) FROM correction), (SELECT count(*) FROM erasure), "
          "(SELECT count(*) FROM purged_day), (SELECT count(*) FROM seal_event)"}) {
        TIDEMARK_ASSIGN_OR_RETURN(Statement statement, connection_->prepare(sql));
        while (true) {
            TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
            if (!found) {
                break;
            }
            for (int column = 0; column < 4; ++column) {
                hasher.update(statement.text(column));
                hasher.update("\n");
            }
        }
    }
    return hasher.finish().to_string();
}

Result<std::int64_t> SqliteCopySource::row_count(const CopyPart& part) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::string sql, sql_of(part));
    return connection_->integer("SELECT count(*) FROM (" + sql + ")", 0);
}

Result<void> SqliteCopySource::read(const CopyPart& part,
                                    std::int64_t skipped,
                                    const std::function<Result<void>(CopyRow)>& take) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::string sql, sql_of(part));
    TIDEMARK_ASSIGN_OR_RETURN(Statement statement,
                              connection_->prepare(sql + " LIMIT -1 OFFSET ?1"));
    statement.bind(skipped);
    std::vector<CopyValue> values(static_cast<std::size_t>(statement.column_count()));
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return {};
        }
        for (std::size_t place = 0; place < values.size(); ++place) {
            const int column = static_cast<int>(place);
            if (statement.is_null(column)) {
                values[place] = std::monostate();
            } else if (statement.is_integer(column)) {
                values[place] = statement.integer(column);
            } else {
                values[place] = statement.text(column);
            }
        }
        TIDEMARK_RETURN_IF_ERROR(take(values));
    }
}

}  // namespace

Result<std::unique_ptr<CopySource>> open_sqlite_copy_source(const std::string& path) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::open(path, {}));
    TIDEMARK_RETURN_IF_ERROR(sqlite::migrate(*connection));
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(*connection));
    return std::unique_ptr<CopySource>(
        std::make_unique<SqliteCopySource>(std::move(connection), std::move(snapshot)));
}

}  // namespace tidemark
