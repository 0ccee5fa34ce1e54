#include "store/sqlite/asking.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "store/sqlite/dataset_tables.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

// The smallest subjects seen, no more than `limit` of them.
class SubjectSet {
 public:
    explicit SubjectSet(std::int64_t limit) : limit_(static_cast<std::size_t>(limit)) {}

    // Takes over what the statement finds.
    Result<void> add(Statement& subjects) {
        while (true) {
            TIDEMARK_ASSIGN_OR_RETURN(const bool found, subjects.step());
            if (!found) {
                return {};
            }
            seen_.emplace(subjects.text(0));
            if (seen_.size() > limit_) {
                seen_.erase(std::prev(seen_.end()));
            }
        }
    }

    [[nodiscard]] std::vector<std::string> finish() const { return {seen_.begin(), seen_.end()}; }

 private:
    std::size_t limit_;
    std::set<std::string, std::less<>> seen_;
};

// The key is (date, subject): the first of each day, one search a day.
Result<void> add_daily_subjects(Connection& connection,
                                const DatasetTables& tables,
                                const SubjectQuery& query,
                                SubjectSet& subjects) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t first,
        connection.integer(fmt::format("SELECT min(date) FROM {}", tables.daily()), 0));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t last,
        connection.integer(fmt::format("SELECT max(date) FROM {}", tables.daily()), -1));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement of_day,
        connection.prepare(
            fmt::format("SELECT {0} FROM {1} WHERE date = ?1 AND {0} > ?2 ORDER BY {0} LIMIT ?3",
                        tables.subject(),
                        tables.daily())));
    const std::int64_t end = std::min<std::int64_t>(query.to.days_since_epoch(), last + 1);
    for (std::int64_t date = std::max<std::int64_t>(query.from.days_since_epoch(), first);
         date < end;
         ++date) {
        of_day.reset();
        of_day.bind(date, std::string_view(query.after), query.limit);
        TIDEMARK_RETURN_IF_ERROR(subjects.add(of_day));
    }
    return {};
}

// What is folded is in the daily rows.
Result<void> add_unfolded_subjects(Connection& connection,
                                   const DatasetRow& row,
                                   const DatasetTables& tables,
                                   const SubjectQuery& query,
                                   SubjectSet& subjects) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement pairs,
        connection.prepare("SELECT batch_seq, date FROM batch_day WHERE dataset_id = ?1 AND "
                           "batch_seq > ?2 AND +date >= ?3 AND +date < ?4"));
    pairs.bind(row.id,
               row.folded_through,
               std::int64_t{query.from.days_since_epoch()},
               std::int64_t{query.to.days_since_epoch()});
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement of_batch,
        connection.prepare(fmt::format("SELECT DISTINCT {0} FROM {1} WHERE batch_seq = ?1 AND "
                                       "date = ?2 AND {0} > ?3 ORDER BY {0} LIMIT ?4",
                                       tables.subject(),
                                       tables.batch())));
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, pairs.step());
        if (!found) {
            return {};
        }
        of_batch.reset();
        of_batch.bind(
            pairs.integer(0), pairs.integer(1), std::string_view(query.after), query.limit);
        TIDEMARK_RETURN_IF_ERROR(subjects.add(of_batch));
    }
}

// The key is (subject, date): jumps from one subject to the next.
Result<void> add_gauge_subjects(Connection& connection,
                                const DatasetTables& tables,
                                const SubjectQuery& query,
                                SubjectSet& subjects) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement next,
        connection.prepare(fmt::format(
            "SELECT {0} FROM {1} WHERE {0} > ?1 AND date < ?2 GROUP BY {0} ORDER BY {0} LIMIT ?3",
            tables.subject(),
            tables.daily())));
    next.bind(
        std::string_view(query.after), std::int64_t{query.to.days_since_epoch()}, query.limit);
    return subjects.add(next);
}

}  // namespace

// Batches are numbered in the order of their commits, without gaps. The instant tells a database
// that was put back to an earlier state, and has gone on from there, from what it was before.
Result<std::string> answer_version(Connection& connection,
                                   std::string_view dataset,
                                   UtcDay from,
                                   UtcDay to) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_known(connection, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t committed_at_us,
        connection.integer("SELECT committed_at_us FROM batch_registry WHERE dataset_id = ?1 AND "
                           "batch_seq = ?2",
                           0,
                           row.id,
                           row.last_seq));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t erased,
        connection.integer("SELECT count(*) FROM erasure WHERE dataset_id = ?1", 0, row.id));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t purged,
        connection.integer("SELECT count(*) FROM purged_day WHERE dataset_id = ?1 AND date >= ?2 "
                           "AND date < ?3",
                           0,
                           row.id,
                           std::int64_t{from.days_since_epoch()},
                           std::int64_t{to.days_since_epoch()}));
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return fmt::format(
        "{} at {} erased {} purged {}", row.last_seq, committed_at_us, erased, purged);
}

Result<std::vector<std::string>> find_subjects(Connection& connection, const SubjectQuery& query) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_known(connection, query.dataset));
    if (query.limit <= 0) {
        return std::vector<std::string>();
    }
    const DatasetTables tables(row.dataset);
    SubjectSet subjects(query.limit);
    if (row.dataset.kind() == DatasetKind::gauge) {
        TIDEMARK_RETURN_IF_ERROR(add_gauge_subjects(connection, tables, query, subjects));
    } else {
        TIDEMARK_RETURN_IF_ERROR(add_daily_subjects(connection, tables, query, subjects));
        TIDEMARK_RETURN_IF_ERROR(add_unfolded_subjects(connection, row, tables, query, subjects));
    }
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return subjects.finish();
}

}  // namespace tidemark::sqlite
