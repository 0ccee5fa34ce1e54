#include "store/postgres/reading.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "store/postgres/asking.h"
#include "store/postgres/usage_sql.h"
#include "store/postgres/values.h"

namespace tidemark::postgres {

namespace {

UtcDay day_at(const Rows& rows, int row, int column) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(rows.integer(row, column)));
}

// From `first` on come the period, the subject and the metrics.
Result<UsageAnswerRow> read_answer_row(const UsageQuery& query,
                                       const Rows& rows,
                                       int row,
                                       int first = 0) {
    const auto period = static_cast<std::int32_t>(rows.integer(row, first));
    UsageAnswerRow answer{
        .subject = query.per_subject ? std::string(rows.text(row, first + 1)) : std::string(),
        .period_begin = query.period == UsagePeriod::slot
                            ? Slot::from_index(period)
                            : Slot::of_day(UtcDay::from_days_since_epoch(period), 0),
        .values = {}};
    const int columns = rows.column_count();
    answer.values.reserve(static_cast<std::size_t>(columns - first - 2));
    for (int column = first + 2; column < columns; ++column) {
        TIDEMARK_ASSIGN_OR_RETURN(const Total value, Total::parse(rows.text(row, column)));
        answer.values.push_back(value);
    }
    return answer;
}

// Adds two answers, both in the answer's order: the one held here, and the one that comes row by
// row.
class OrderedMerge {
 public:
    explicit OrderedMerge(std::vector<UsageAnswerRow> held) : held_(std::move(held)) {}

    void add(UsageAnswerRow row) {
        while (next_ < held_.size() && before(held_[next_], row)) {
            merged_.push_back(std::move(held_[next_++]));
        }
        if (next_ < held_.size() && !before(row, held_[next_])) {
            const UsageAnswerRow& same = held_[next_++];
            for (std::size_t metric = 0; metric < row.values.size(); ++metric) {
                row.values[metric] += same.values[metric];
            }
        }
        merged_.push_back(std::move(row));
    }

    std::vector<UsageAnswerRow> finish() && {
        for (; next_ < held_.size(); ++next_) {
            merged_.push_back(std::move(held_[next_]));
        }
        return std::move(merged_);
    }

 private:
    static bool before(const UsageAnswerRow& left, const UsageAnswerRow& right) {
        return std::tie(left.period_begin, left.subject) <
               std::tie(right.period_begin, right.subject);
    }

    std::vector<UsageAnswerRow> held_;
    std::size_t next_ = 0;
    std::vector<UsageAnswerRow> merged_;
};

Result<std::vector<UsageAnswerRow>> read_answer_rows(const UsageQuery& query,
                                                     const Rows& rows,
                                                     int first = 0) {
    std::vector<UsageAnswerRow> answers;
    answers.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(UsageAnswerRow answer, read_answer_row(query, rows, row, first));
        answers.push_back(std::move(answer));
    }
    return answers;
}

// The read's transaction. The lock is its first statement and takes no snapshot: a purge, which has
// to wait for it, either finished before the snapshot of the statement after it or comes after the
// read. Without it, a partition could be dropped between the snapshot and the reading of its rows,
// which a snapshot does not protect from.
Statement begin_statement() {
    return {.sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", .prepared = true};
}

Statement lock_statement(const DatasetTables& tables) {
    return {.sql = fmt::format("LOCK TABLE ONLY {} IN ACCESS SHARE MODE", tables.batch),
            .prepared = true};
}

Statement commit_statement() {
    return {.sql = "COMMIT", .prepared = true};
}

// What the cursor's statement said.
struct Cursor {
    bool partial = false;
    std::set<UtcDay> days;            // with unfolded rows
    std::vector<UnfoldedPart> parts;  // those of the query's range
};

Result<Cursor> read_cursor(const UsageQuery& query, const Rows& rows) {
    Cursor cursor{.partial = rows.boolean(0, 1), .days = {}, .parts = {}};
    for (int row = 0; row < rows.size(); ++row) {
        if (rows.is_null(row, 2)) {
            continue;
        }
        for (const std::string_view element : array_elements(rows.text(row, 3))) {
            TIDEMARK_ASSIGN_OR_RETURN(const UtcDay day, UtcDay::parse(element));
            cursor.days.insert(day);
            if (query.from <= day && day < query.to) {
                cursor.parts.push_back({.batch_seq = rows.integer(row, 2), .day = day});
            }
        }
    }
    return cursor;
}

// Adds `rows`, in the answer's order, to `held`.
Result<std::vector<UsageAnswerRow>> merge_rows(std::vector<UsageAnswerRow> held,
                                               const UsageQuery& query,
                                               const Rows& rows) {
    OrderedMerge merge(std::move(held));
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(UsageAnswerRow answer, read_answer_row(query, rows, row));
        merge.add(std::move(answer));
    }
    return std::move(merge).finish();
}

// The rows that the store held; nothing where the way that was tried does not serve.
using RowsIfServed = std::optional<std::vector<UsageAnswerRow>>;

// What folded_statement() told.
Result<RowsIfServed> read_folded_rows(const UsageQuery& query, const Rows& rows) {
    if (rows.boolean(0, 0)) {
        return RowsIfServed();
    }
    std::vector<UsageAnswerRow> answers;
    if (!rows.is_null(0, 1)) {
        TIDEMARK_ASSIGN_OR_RETURN(answers, read_answer_rows(query, rows, 1));
    }
    return RowsIfServed(std::move(answers));
}

// One statement without a transaction of its own: where nothing of the range is unfolded no batch
// row is read, so that a purge takes nothing away from it.
Result<RowsIfServed> read_folded(Connection& connection,
                                 const DatasetTables& tables,
                                 const UsageQuery& query) {
    const Statement folded = folded_statement(tables, query);
    TIDEMARK_ASSIGN_OR_RETURN(const Rows rows,
                              connection.query_prepared(folded.sql, folded.parameters));
    return read_folded_rows(query, rows);
}

// Where the session last found nothing of the range unfolded.
bool expects_folded(const UsageQuery& query, const UnfoldedDays& expected) {
    return expected.has_value() && std::ranges::none_of(*expected, [&](UtcDay day) {
               return query.from <= day && day < query.to;
           });
}

// One round trip, if all that is unfolded lies in the days where the session last found some.
Result<RowsIfServed> read_expected(Connection& connection,
                                   const DatasetTables& tables,
                                   const UsageQuery& query,
                                   std::set<UtcDay>& expected) {
    std::vector<Statement> statements{begin_statement(),
                                      lock_statement(tables),
                                      cursor_statement(tables),
                                      daily_statement(tables, query)};
    for (const UtcDay day : expected) {
        if (query.from <= day && day < query.to) {
            statements.push_back(unfolded_day_statement(tables, query, day));
        }
    }
    statements.push_back(commit_statement());
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> read, connection.query_all(statements));
    TIDEMARK_ASSIGN_OR_RETURN(const Cursor cursor, read_cursor(query, read[2]));
    const bool as_expected = std::ranges::all_of(
        cursor.parts, [&](const UnfoldedPart& part) { return expected.contains(part.day); });
    if (!as_expected || (cursor.partial && !cursor.parts.empty())) {
        return RowsIfServed();
    }
    expected = cursor.days;
    std::vector<UsageAnswerRow> rows;
    for (std::size_t answer = 3; answer + 1 < read.size(); ++answer) {
        TIDEMARK_ASSIGN_OR_RETURN(rows, merge_rows(std::move(rows), query, read[answer]));
    }
    return RowsIfServed(std::move(rows));
}

// Two round trips, whatever is unfolded. Remembers the days of it, if they are few.
Result<std::vector<UsageAnswerRow>> read_in_two(Connection& connection,
                                                const DatasetTables& tables,
                                                const UsageQuery& query,
                                                UnfoldedDays& expected) {
    const Statement first[] = {begin_statement(),
                               lock_statement(tables),
                               cursor_statement(tables),
                               daily_statement(tables, query)};
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> opened, connection.query_all(first));
    TIDEMARK_ASSIGN_OR_RETURN(const Cursor cursor, read_cursor(query, opened[2]));
    std::vector<Statement> second;
    if (!cursor.parts.empty()) {
        second.push_back(unfolded_statement(tables, query, cursor.parts, cursor.partial));
    }
    second.push_back(commit_statement());
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> closed, connection.query_all(second));
    constexpr std::size_t expected_days_max = 4;
    expected = cursor.partial || cursor.days.size() > expected_days_max ? UnfoldedDays()
                                                                        : UnfoldedDays(cursor.days);
    std::vector<UsageAnswerRow> rows;
    if (closed.size() == 2) {
        TIDEMARK_ASSIGN_OR_RETURN(rows, read_answer_rows(query, closed[0]));
    }
    return merge_rows(std::move(rows), query, opened[3]);
}

// For listed subjects: few rows, so that what counts is the round trips.
Result<std::vector<UsageAnswerRow>> read_listed(Session& session,
                                                const DatasetTables& tables,
                                                const UsageQuery& query) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    UnfoldedDays& expected = session.unfolded_days(tables.dataset.name());
    if (!expected.has_value()) {
        return read_in_two(*connection, tables, query, expected);
    }
    Result<RowsIfServed> read = expects_folded(query, expected)
                                    ? read_folded(*connection, tables, query)
                                    : read_expected(*connection, tables, query, *expected);
    if (read.has_value() && read->has_value()) {
        return **std::move(read);
    }
    // A day of them may have been purged, or the server be lost: the second reading tells.
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const again, session.ready());
    return read_in_two(*again, tables, query, expected);
}

bool is_listed(const UsageQuery& query) {
    return query.period != UsagePeriod::slot && !query.subjects.empty();
}

// For all subjects: possibly many rows, so the daily ones are taken one at a time.
Result<std::vector<UsageAnswerRow>> read_all(Connection& connection,
                                             const DatasetTables& tables,
                                             const UsageQuery& query) {
    const Statement first[] = {begin_statement(), lock_statement(tables), cursor_statement(tables)};
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> opened, connection.query_all(first));
    TIDEMARK_ASSIGN_OR_RETURN(const Cursor cursor, read_cursor(query, opened[2]));
    std::vector<UsageAnswerRow> unfolded;
    if (!cursor.parts.empty()) {
        const Statement statement = unfolded_statement(tables, query, cursor.parts, cursor.partial);
        TIDEMARK_ASSIGN_OR_RETURN(const Rows rows,
                                  connection.query(statement.sql, statement.parameters));
        TIDEMARK_ASSIGN_OR_RETURN(unfolded, read_answer_rows(query, rows));
    }
    OrderedMerge merge(std::move(unfolded));
    const Statement daily = daily_statement(tables, query);
    TIDEMARK_RETURN_IF_ERROR(
        connection.query_each(daily.sql, daily.parameters, [&](const Rows& row) -> Result<void> {
            TIDEMARK_ASSIGN_OR_RETURN(UsageAnswerRow answer, read_answer_row(query, row, 0));
            merge.add(std::move(answer));
            return {};
        }));
    TIDEMARK_RETURN_IF_ERROR(connection.execute_script("COMMIT"));
    return std::move(merge).finish();
}

// Every committed batch row counts here, folded or not; what was purged is said.
Result<UsageAnswer> read_slots(Connection& connection,
                               const DatasetTables& tables,
                               const UsageQuery& query) {
    const Statement first[] = {begin_statement(),
                               lock_statement(tables),
                               purged_statement(tables, query),
                               day_grained_statement(tables, query)};
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> opened, connection.query_all(first));
    UsageAnswer answer;
    for (int row = 0; row < opened[2].size(); ++row) {
        answer.purged_days.push_back(day_at(opened[2], row, 0));
    }
    for (int row = 0; row < opened[3].size(); ++row) {
        answer.day_grained_days.push_back(day_at(opened[3], row, 0));
    }
    const Statement slots = slot_statement(tables, query);
    TIDEMARK_RETURN_IF_ERROR(
        connection.query_each(slots.sql, slots.parameters, [&](const Rows& row) -> Result<void> {
            TIDEMARK_ASSIGN_OR_RETURN(UsageAnswerRow read, read_answer_row(query, row, 0));
            answer.rows.push_back(std::move(read));
            return {};
        }));
    TIDEMARK_RETURN_IF_ERROR(connection.execute_script("COMMIT"));
    return answer;
}

}  // namespace

Result<UsageAnswer> read_usage(Session& session,
                               const DatasetTables& tables,
                               const UsageQuery& query) {
    if (is_listed(query)) {
        TIDEMARK_ASSIGN_OR_RETURN(auto rows, read_listed(session, tables, query));
        return UsageAnswer{.rows = std::move(rows), .purged_days = {}};
    }
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    if (query.period == UsagePeriod::slot) {
        return read_slots(*connection, tables, query);
    }
    TIDEMARK_ASSIGN_OR_RETURN(auto rows, read_all(*connection, tables, query));
    return UsageAnswer{.rows = std::move(rows), .purged_days = {}};
}

Result<std::optional<VersionedAnswer>> read_unchanged_usage(Session& session,
                                                            const DatasetTables& tables,
                                                            const UsageQuery& query) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    auto version = version_if_unchanged(session, query.dataset, query.from, query.to);
    const UnfoldedDays& expected = session.unfolded_days(query.dataset);
    if (!version.has_value() || !is_listed(query) || !expects_folded(query, expected)) {
        return std::optional<VersionedAnswer>();
    }
    const Statement both[] = {snapshot_statement(), folded_statement(tables, query)};
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> read, connection->query_all(both));
    TIDEMARK_ASSIGN_OR_RETURN(RowsIfServed rows, read_folded_rows(query, read[1]));
    if (!rows.has_value() || read[0].text(0, 0) != session.known_versions().snapshot) {
        return std::optional<VersionedAnswer>();
    }
    return std::optional(VersionedAnswer{.version = *std::move(version),
                                         .answer = {.rows = *std::move(rows), .purged_days = {}}});
}

}  // namespace tidemark::postgres
