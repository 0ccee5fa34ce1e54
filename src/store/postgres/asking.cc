#include "store/postgres/asking.h"

#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tidemark::postgres {

namespace {

// Batches commit in any order, so the highest number that is committed does not say what is. But a
// batch that is no longer being written never changes again: which are committed follows from the
// highest number that is and the numbers below it that are still being written. The instant tells a
// database that was put back to an earlier state, and has gone on from there, from what it was
// before.
//
// Last comes the snapshot of it.
constexpr const char* version_sql =
    "SELECT n.batch_seq, (extract(epoch FROM n.committed_at) * 1000000)::bigint,"
    " (SELECT array_agg(r.batch_seq ORDER BY r.batch_seq) FROM batch_registry r"
    " WHERE r.dataset = $1 AND r.state IN ('running', 'written') AND r.batch_seq < n.batch_seq),"
    " (SELECT count(*) FROM erasure e WHERE e.dataset = $1),"
    " (SELECT count(*) FROM purged_day p WHERE p.dataset = $1 AND p.date >= $2 AND p.date < $3),"
    " CASE WHEN NOT pg_is_in_recovery() THEN pg_current_snapshot() END"
    " FROM (SELECT) one LEFT JOIN LATERAL (SELECT r.batch_seq, r.committed_at"
    " FROM batch_registry r WHERE r.dataset = $1 AND r.state = 'committed'"
    " ORDER BY r.batch_seq DESC LIMIT 1) n ON true";

// Which transactions are over is all that decides what is visible, and a snapshot names them: those
// before its end but the ones it lists. So two that are written alike see the same, and what was
// read in the one need not be read in the other. That is told from shared memory, without a table.
// Nothing on a standby, whose snapshots do not list what is still open. Only within one connection:
// a server that crashed or was put back to an earlier state gives the same numbers again.
constexpr const char* snapshot_sql =
    "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_snapshot() END";

// Ranges of days that are asked for by turns.
constexpr std::size_t known_versions_max = 64;

// Where something is committed all the time, looking whether nothing was costs more than it saves:
// it is looked only once a snapshot was seen twice.
void remember(KnownVersions& known,
              const std::tuple<std::string, UtcDay, UtcDay>& asked,
              std::string_view snapshot,
              const std::string& version) {
    known.seen_twice = !snapshot.empty() && snapshot == known.snapshot;
    if (!known.seen_twice || known.versions.size() >= known_versions_max) {
        known.versions.clear();
    }
    known.snapshot = snapshot;
    known.versions[asked] = version;
}

class SnapshotWatch final : public CommitWatch {
 public:
    explicit SnapshotWatch(std::unique_ptr<Connection> connection)
        : connection_(std::move(connection)) {}

    [[nodiscard]] int descriptor() const override { return connection_->socket(); }

    Result<void> ask() override { return connection_->send_prepared(snapshot_sql); }

    Result<std::optional<std::string>> take() override {
        TIDEMARK_ASSIGN_OR_RETURN(const std::optional<Rows> rows, connection_->take_sent());
        return rows.has_value() ? std::optional<std::string>(rows->text(0, 0)) : std::nullopt;
    }

 private:
    std::unique_ptr<Connection> connection_;
};

std::vector<UtcDay> days_of(const SubjectQuery& query) {
    std::vector<UtcDay> days;
    for (UtcDay day = query.from; day < query.to; day = day.next()) {
        days.push_back(day);
    }
    return days;
}

// The first of each day by the key (date, subject), and those of unfolded batches. In one snapshot:
// a fold moves a subject from the one to the other. A purge that drops a partition meanwhile drops
// rows that are in the daily ones too.
Statement counter_statement(const DatasetTables& tables, const SubjectQuery& query) {
    return {.sql = fmt::format(
                "SELECT u.subject FROM ((SELECT f.subject FROM unnest($1::date[]) listed (day)"
                " CROSS JOIN LATERAL (SELECT d.{0} AS subject FROM {1} d WHERE d.date = listed.day"
                " AND d.{0} > $2 ORDER BY d.{0} LIMIT $3) f) UNION (SELECT r.{0} FROM {2} r"
                " WHERE r.date = ANY($1) AND r.{0} > $2 AND r.batch_seq = ANY(ARRAY("
                "SELECT k.batch_seq FROM batch_registry k WHERE k.dataset = $4"
                " AND k.state = 'committed' AND k.batch_seq > (SELECT folded_through"
                " FROM dataset_fold WHERE dataset = $4))))) u ORDER BY u.subject LIMIT $3",
                tables.subject,
                tables.daily,
                tables.batch),
            .parameters = Parameters()
                              .days(days_of(query))
                              .text(query.after)
                              .integer(query.limit)
                              .text(tables.dataset.name())};
}

// By the key (subject, date), from one subject to the next.
Statement gauge_statement(const DatasetTables& tables, const SubjectQuery& query) {
    return {.sql = fmt::format(
                "WITH RECURSIVE s (subject) AS ((SELECT t.{0} FROM {1} t WHERE t.{0} > $1"
                " AND t.date < $2 ORDER BY t.{0} LIMIT 1) UNION ALL SELECT (SELECT t.{0} FROM {1} t"
                " WHERE t.{0} > s.subject AND t.date < $2 ORDER BY t.{0} LIMIT 1) FROM s"
                " WHERE s.subject IS NOT NULL) SELECT subject FROM s WHERE subject IS NOT NULL"
                " LIMIT $3",
                tables.subject,
                tables.daily),
            .parameters = Parameters().text(query.after).day(query.to).integer(query.limit)};
}

}  // namespace

Result<std::string> answer_version(Session& session,
                                   std::string_view dataset,
                                   UtcDay from,
                                   UtcDay to) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    KnownVersions& known = session.known_versions();
    if (auto version = version_if_unchanged(session, dataset, from, to); version.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(const Rows now, connection->query_prepared(snapshot_sql));
        if (now.text(0, 0) == known.snapshot) {
            return *std::move(version);
        }
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection->query_prepared(version_sql, Parameters().text(dataset).day(from).day(to)));
    std::string version = fmt::format("{} at {} without {} erased {} purged {}",
                                      rows.text(0, 0),
                                      rows.text(0, 1),
                                      rows.text(0, 2),
                                      rows.text(0, 3),
                                      rows.text(0, 4));
    remember(known, {std::string(dataset), from, to}, rows.text(0, 5), version);
    return version;
}

std::optional<std::string> version_if_unchanged(Session& session,
                                                std::string_view dataset,
                                                UtcDay from,
                                                UtcDay to) {
    const KnownVersions& known = session.known_versions();
    const auto version = known.versions.find({std::string(dataset), from, to});
    return known.seen_twice && version != known.versions.end() ? std::optional(version->second)
                                                               : std::nullopt;
}

Statement snapshot_statement() {
    return {.sql = snapshot_sql, .prepared = true};
}

Result<std::unique_ptr<CommitWatch>> watch_commits(const std::string& url) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::open(url));
    TIDEMARK_RETURN_IF_ERROR(connection->query_prepared(snapshot_sql));
    return std::unique_ptr<CommitWatch>(new SnapshotWatch(std::move(connection)));
}

Result<std::vector<std::string>> find_subjects(Connection& connection,
                                               const DatasetTables& tables,
                                               const SubjectQuery& query) {
    std::vector<std::string> subjects;
    if (query.limit <= 0) {
        return subjects;
    }
    const Statement statement = tables.dataset.kind() == DatasetKind::gauge
                                    ? gauge_statement(tables, query)
                                    : counter_statement(tables, query);
    TIDEMARK_ASSIGN_OR_RETURN(const Rows rows,
                              connection.query(statement.sql, statement.parameters));
    for (int row = 0; row < rows.size(); ++row) {
        subjects.emplace_back(rows.text(row, 0));
    }
    return subjects;
}

}  // namespace tidemark::postgres
