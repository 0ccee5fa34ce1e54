#include "store/postgres/reading.h"

#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "store/postgres/usage_sql.h"

namespace tidemark::postgres {

namespace {

UtcDay day_at(const Rows& rows, int row, int column) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(rows.integer(row, column)));
}

Result<UsageAnswerRow> read_answer_row(const UsageQuery& query, const Rows& rows, int row) {
    const auto period = static_cast<std::int32_t>(rows.integer(row, 0));
    UsageAnswerRow answer{
        .subject = query.per_subject ? std::string(rows.text(row, 1)) : std::string(),
        .period_begin = query.period == UsagePeriod::slot
                            ? Slot::from_index(period)
                            : Slot::of_day(UtcDay::from_days_since_epoch(period), 0),
        .values = {}};
    const int columns = rows.column_count();
    for (int column = 2; column < columns; ++column) {
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

Result<std::vector<UsageAnswerRow>> read_answer_rows(const UsageQuery& query, const Rows& rows) {
    std::vector<UsageAnswerRow> answers;
    answers.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(UsageAnswerRow answer, read_answer_row(query, rows, row));
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

std::vector<UnfoldedPart> read_parts(const Rows& cursor) {
    std::vector<UnfoldedPart> parts;
    for (int row = 0; row < cursor.size(); ++row) {
        if (!cursor.is_null(row, 2)) {
            parts.push_back({.batch_seq = cursor.integer(row, 2), .day = day_at(cursor, row, 3)});
        }
    }
    return parts;
}

// For listed subjects: few rows, so that what counts is the round trips. Two of them.
Result<std::vector<UsageAnswerRow>> read_listed(Connection& connection,
                                                const DatasetTables& tables,
                                                const UsageQuery& query) {
    const Statement first[] = {begin_statement(),
                               lock_statement(tables),
                               cursor_statement(tables, query),
                               daily_statement(tables, query)};
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> opened, connection.query_all(first));
    const Rows& cursor = opened[2];
    std::vector<Statement> second;
    if (const auto parts = read_parts(cursor); !parts.empty()) {
        second.push_back(unfolded_statement(tables, query, parts, cursor.boolean(0, 1)));
    }
    second.push_back({.sql = "COMMIT", .prepared = true});
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> closed, connection.query_all(second));
    std::vector<UsageAnswerRow> unfolded;
    if (closed.size() == 2) {
        TIDEMARK_ASSIGN_OR_RETURN(unfolded, read_answer_rows(query, closed[0]));
    }
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<UsageAnswerRow> daily,
                              read_answer_rows(query, opened[3]));
    OrderedMerge merge(std::move(unfolded));
    for (UsageAnswerRow& row : daily) {
        merge.add(std::move(row));
    }
    return std::move(merge).finish();
}

// For all subjects: possibly many rows, so the daily ones are taken one at a time.
Result<std::vector<UsageAnswerRow>> read_all(Connection& connection,
                                             const DatasetTables& tables,
                                             const UsageQuery& query) {
    const Statement first[] = {
        begin_statement(), lock_statement(tables), cursor_statement(tables, query)};
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> opened, connection.query_all(first));
    const Rows& cursor = opened[2];
    std::vector<UsageAnswerRow> unfolded;
    if (const auto parts = read_parts(cursor); !parts.empty()) {
        const Statement statement = unfolded_statement(tables, query, parts, cursor.boolean(0, 1));
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
    const Statement first[] = {
        begin_statement(), lock_statement(tables), purged_statement(tables, query)};
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Rows> opened, connection.query_all(first));
    UsageAnswer answer;
    for (int row = 0; row < opened[2].size(); ++row) {
        answer.purged_days.push_back(day_at(opened[2], row, 0));
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
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    if (query.period == UsagePeriod::slot) {
        return read_slots(*connection, tables, query);
    }
    auto rows = query.subjects.empty() ? read_all(*connection, tables, query)
                                       : read_listed(*connection, tables, query);
    if (!rows.has_value()) {
        return std::move(rows).error();
    }
    return UsageAnswer{.rows = *std::move(rows), .purged_days = {}};
}

}  // namespace tidemark::postgres
