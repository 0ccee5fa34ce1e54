#include "store/sqlite/usage_read.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "store/sqlite/dataset_tables.h"
#include "store/sqlite/transaction.h"
#include "store/usage_sum.h"

namespace tidemark::sqlite {

namespace {

class UsageReading {
 public:
    UsageReading(Connection& connection, const DatasetRow& row, const UsageQuery& query)
        : connection_(connection),
          row_(row),
          query_(query),
          tables_(row.dataset),
          subjects_(query.subjects.begin(), query.subjects.end()),
          values_(row.dataset.metrics().size()),
          sum_(query) {}

    Result<UsageAnswer> read();

 private:
    Result<std::vector<UtcDay>> load_days(std::string_view sql);
    Result<void> add_daily_rows();
    Result<void> add_daily_rows_of_subjects();
    Result<void> add_unfolded_rows();
    Result<void> add_slot_rows(const std::vector<UtcDay>& purged_days);
    Result<void> add_batch_rows(std::int64_t batch_seq, std::int64_t date);
    Result<void> add_batch_rows(Statement& rows, std::int64_t date);
    void add(const Statement& row, int first_metric, std::string_view subject, Slot slot);

    [[nodiscard]] bool by_slot() const { return query_.period == UsagePeriod::slot; }

    Connection& connection_;
    const DatasetRow& row_;
    const UsageQuery& query_;
    const DatasetTables tables_;
    const std::set<std::string> subjects_;
    std::vector<std::int64_t> values_;
    UsageSum sum_;
};

Slot slot_of(std::int64_t date, std::int64_t index_in_day) {
    return Slot::of_day(UtcDay::from_days_since_epoch(static_cast<std::int32_t>(date)),
                        static_cast<int>(index_in_day));
}

Result<UsageAnswer> UsageReading::read() {
    UsageAnswer answer;
    if (by_slot()) {
        TIDEMARK_ASSIGN_OR_RETURN(answer.purged_days,
                                  load_days("SELECT date FROM purged_day WHERE dataset_id = ?1 AND "
                                            "date >= ?2 AND date < ?3 ORDER BY date"));
        TIDEMARK_ASSIGN_OR_RETURN(answer.day_grained_days,
                                  load_days("SELECT DISTINCT p.date FROM batch_registry r JOIN "
                                            "batch_day p USING (dataset_id, batch_seq) WHERE "
                                            "r.dataset_id = ?1 AND r.day_grained <> 0 AND "
                                            "p.date >= ?2 AND p.date < ?3 AND NOT EXISTS (SELECT 1 "
                                            "FROM purged_day g WHERE g.dataset_id = ?1 AND "
                                            "g.date = p.date) ORDER BY p.date"));
        TIDEMARK_RETURN_IF_ERROR(add_slot_rows(answer.purged_days));
    } else {
        TIDEMARK_RETURN_IF_ERROR(subjects_.empty() ? add_daily_rows()
                                                   : add_daily_rows_of_subjects());
        TIDEMARK_RETURN_IF_ERROR(add_unfolded_rows());
    }
    answer.rows = std::move(sum_).finish();
    return answer;
}

void UsageReading::add(const Statement& row,
                       int first_metric,
                       std::string_view subject,
                       Slot slot) {
    for (std::size_t metric = 0; metric < values_.size(); ++metric) {
        values_[metric] = row.integer(first_metric + static_cast<int>(metric));
    }
    sum_.add(subject, slot, values_);
}

// ?1 the dataset, ?2 and ?3 the range.
Result<std::vector<UtcDay>> UsageReading::load_days(std::string_view sql) {
    TIDEMARK_ASSIGN_OR_RETURN(Statement statement, connection_.prepare(sql));
    statement.bind(row_.id,
                   std::int64_t{query_.from.days_since_epoch()},
                   std::int64_t{query_.to.days_since_epoch()});
    std::vector<UtcDay> days;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return days;
        }
        days.push_back(slot_of(statement.integer(0), 0).day());
    }
}

Result<void> UsageReading::add_daily_rows() {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection_.prepare(fmt::format(
            "SELECT date, {0}, {1} FROM {2} WHERE date >= ?1 AND date < ?2 ORDER BY date, {0}",
            tables_.subject(),
            tables_.each_metric("{}"),
            tables_.daily())));
    rows.bind(std::int64_t{query_.from.days_since_epoch()},
              std::int64_t{query_.to.days_since_epoch()});
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return {};
        }
        add(rows, 2, rows.text(1), slot_of(rows.integer(0), 0));
    }
}

// The key is (date, subject): a range of dates would read every subject of each, so the days are
// looked up one by one; only those between the first and the last day that have rows.
Result<void> UsageReading::add_daily_rows_of_subjects() {
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t first,
        connection_.integer(fmt::format("SELECT min(date) FROM {}", tables_.daily()), 0));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t last,
        connection_.integer(fmt::format("SELECT max(date) FROM {}", tables_.daily()), -1));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection_.prepare(fmt::format("SELECT {} FROM {} WHERE date = ?1 AND {} = ?2",
                                        tables_.each_metric("{}"),
                                        tables_.daily(),
                                        tables_.subject())));
    const std::int64_t end = std::min<std::int64_t>(query_.to.days_since_epoch(), last + 1);
    for (std::int64_t date = std::max<std::int64_t>(query_.from.days_since_epoch(), first);
         date < end;
         ++date) {
        for (const std::string& subject : subjects_) {
            rows.reset();
            rows.bind(date, subject);
            TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
            if (found) {
                add(rows, 0, subject, slot_of(date, 0));
            }
        }
    }
    return {};
}

Result<void> UsageReading::add_unfolded_rows() {
    // By batch: few are unfolded. The plus keeps SQLite from going by date instead.
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement pairs,
        connection_.prepare("SELECT batch_seq, date FROM batch_day WHERE dataset_id = ?1 AND "
                            "batch_seq > ?2 AND +date >= ?3 AND +date < ?4"));
    pairs.bind(row_.id,
               row_.folded_through,
               std::int64_t{query_.from.days_since_epoch()},
               std::int64_t{query_.to.days_since_epoch()});
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, pairs.step());
        if (!found) {
            return {};
        }
        TIDEMARK_RETURN_IF_ERROR(add_batch_rows(pairs.integer(0), pairs.integer(1)));
    }
}

Result<void> UsageReading::add_slot_rows(const std::vector<UtcDay>& purged_days) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement pairs,
        connection_.prepare("SELECT batch_seq, date FROM batch_day WHERE dataset_id = ?1 AND "
                            "date >= ?2 AND date < ?3"));
    pairs.bind(row_.id,
               std::int64_t{query_.from.days_since_epoch()},
               std::int64_t{query_.to.days_since_epoch()});
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, pairs.step());
        if (!found) {
            return {};
        }
        // What a purge has not swept yet is not to be seen either.
        const UtcDay day = slot_of(pairs.integer(1), 0).day();
        if (!std::ranges::binary_search(purged_days, day)) {
            TIDEMARK_RETURN_IF_ERROR(add_batch_rows(pairs.integer(0), pairs.integer(1)));
        }
    }
}

Result<void> UsageReading::add_batch_rows(std::int64_t batch_seq, std::int64_t date) {
    std::string sql = fmt::format(
        "SELECT {0}, slot, {1} FROM {2} AS b WHERE batch_seq = ?1 AND "
        "date = ?2",
        tables_.subject(),
        tables_.each_metric("{}"),
        tables_.batch());
    if (!subjects_.empty()) {
        sql += fmt::format(" AND {} = ?3", tables_.subject());
    }
    // Only while a fold of a part has left daily rows that are ahead of the cursor.
    if (row_.partial && !by_slot()) {
        sql += fmt::format(
            " AND batch_seq > coalesce((SELECT d.folded_through FROM {0} AS d WHERE "
            "d.date = b.date AND d.{1} = b.{1}), 0)",
            tables_.daily(),
            tables_.subject());
    }
    TIDEMARK_ASSIGN_OR_RETURN(Statement rows, connection_.prepare(sql));
    rows.bind(batch_seq, date);
    if (subjects_.empty()) {
        return add_batch_rows(rows, date);
    }
    for (const std::string& subject : subjects_) {
        rows.reset();
        rows.bind_at(3, subject);
        TIDEMARK_RETURN_IF_ERROR(add_batch_rows(rows, date));
    }
    return {};
}

Result<void> UsageReading::add_batch_rows(Statement& rows, std::int64_t date) {
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return {};
        }
        add(rows, 2, rows.text(0), slot_of(date, rows.integer(1)));
    }
}

}  // namespace

Result<UsageAnswer> read_usage(Connection& connection, const UsageQuery& query) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_counter(connection, query.dataset));
    TIDEMARK_ASSIGN_OR_RETURN(UsageAnswer answer, UsageReading(connection, row, query).read());
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return answer;
}

}  // namespace tidemark::sqlite
