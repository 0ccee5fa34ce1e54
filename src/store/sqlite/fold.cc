#include "store/sqlite/fold.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "store/refusals.h"
#include "store/sqlite/dataset_tables.h"
#include "store/sqlite/erasing.h"
#include "store/sqlite/registry.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

// So many batches are merged at once; each needs an open statement.
constexpr std::size_t merged_batches_max = 128;

// What the rows of one batch came to.
struct BatchSum {
    std::int64_t row_count = 0;
    std::vector<Total> totals;
};

// The rows of one batch on one day, in subject order.
struct Cursor {
    Statement rows;
    std::int64_t batch_seq;
    BatchSum* sum;
    bool has_row = false;
    std::string_view subject{};  // of the row that it stands on; SQLite's, until the next step
};

std::string upsert_sql(const Dataset& dataset) {
    const DatasetTables tables(dataset);
    std::string places;
    for (std::size_t place = 0; place < dataset.metrics().size(); ++place) {
        places += fmt::format("?{}, ", place + 4);
    }
    return fmt::format(
        "INSERT INTO {0} AS d (date, {1}, {2}, folded_through) "
        "VALUES (?1, ?2, {3}?3) ON CONFLICT (date, {1}) DO UPDATE SET {4}, "
        "folded_through = excluded.folded_through "
        "WHERE d.folded_through < excluded.folded_through",
        tables.daily(),
        tables.subject(),
        tables.each_metric("{}"),
        places,
        tables.each_metric("{0} = d.{0} + excluded.{0}"));
}

class Folding {
 public:
    // What is borrowed must outlive it.
    static Result<Folding> prepare(Connection& connection,
                                   const DatasetRow& row,
                                   const FoldScope& scope);

    // Folds every batch in (row.folded_through, row.last_seq] as far as it is in the scope.
    Result<std::int64_t> fold_days();

    // Corrupt unless each batch's rows came to what its receipt says.
    Result<void> check_conservation();

 private:
    Folding(Connection& connection,
            const DatasetRow& row,
            const FoldScope& scope,
            Statement upsert,
            Statement row_bound)
        : connection_(connection),
          row_(row),
          scope_(scope),
          tables_(row.dataset),
          upsert_(std::move(upsert)),
          row_bound_(std::move(row_bound)) {}

    Result<std::vector<std::int64_t>> load_list(std::string_view sql,
                                                std::optional<std::int64_t> date);
    Result<void> fold_day(UtcDay day);
    Result<void> merge(UtcDay day, std::vector<Cursor>& cursors, std::int64_t through);
    Result<Cursor> open_cursor(UtcDay day, std::int64_t batch_seq);
    static Result<void> advance(Cursor& cursor);
    Result<void> add_rows(Cursor& cursor, std::int64_t row_bound, std::vector<Total>& sum);
    Result<std::int64_t> find_row_bound(UtcDay day);
    Result<void> add_to_daily(UtcDay day, const std::vector<Total>& sum, std::int64_t through);
    Error daily_not_written(UtcDay day, const std::vector<std::int64_t>& added, Error error);

    Connection& connection_;
    const DatasetRow& row_;
    const FoldScope& scope_;
    DatasetTables tables_;
    Statement upsert_;                       // adds to a daily row
    Statement row_bound_;                    // finds how far a daily row is folded
    std::map<std::int64_t, BatchSum> sums_;  // by batch_seq
    std::string subject_;                    // whose rows are being added up
    bool touched_ = false;                   // any of them was above the row bound
    std::int64_t daily_row_count_ = 0;
};

Result<Folding> Folding::prepare(Connection& connection,
                                 const DatasetRow& row,
                                 const FoldScope& scope) {
    const DatasetTables tables(row.dataset);
    TIDEMARK_ASSIGN_OR_RETURN(Statement upsert, connection.prepare(upsert_sql(row.dataset)));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement row_bound,
        connection.prepare(fmt::format("SELECT folded_through FROM {} WHERE date = ?1 AND {} = ?2",
                                       tables.daily(),
                                       tables.subject())));
    return Folding(connection, row, scope, std::move(upsert), std::move(row_bound));
}

Result<std::vector<std::int64_t>> Folding::load_list(std::string_view sql,
                                                     std::optional<std::int64_t> date) {
    TIDEMARK_ASSIGN_OR_RETURN(Statement statement, connection_.prepare(sql));
    statement.bind(row_.id, row_.folded_through, row_.last_seq);
    if (date.has_value()) {
        statement.bind_at(4, *date);
    }
    std::vector<std::int64_t> list;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return list;
        }
        list.push_back(statement.integer(0));
    }
}

Result<std::int64_t> Folding::fold_days() {
    TIDEMARK_ASSIGN_OR_RETURN(
        const auto dates,
        load_list("SELECT DISTINCT date FROM batch_day WHERE dataset_id = ?1 AND batch_seq > ?2 "
                  "AND batch_seq <= ?3 ORDER BY date",
                  std::nullopt));
    for (const std::int64_t date : dates) {
        const UtcDay day = UtcDay::from_days_since_epoch(static_cast<std::int32_t>(date));
        if (scope_.days.empty() || std::ranges::find(scope_.days, day) != scope_.days.end()) {
            TIDEMARK_RETURN_IF_ERROR(fold_day(day));
        }
    }
    return daily_row_count_;
}

Result<void> Folding::fold_day(UtcDay day) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const auto batch_seqs,
        load_list("SELECT batch_seq FROM batch_day WHERE dataset_id = ?1 AND batch_seq > ?2 AND "
                  "batch_seq <= ?3 AND date = ?4 ORDER BY batch_seq",
                  std::int64_t{day.days_since_epoch()}));
    for (std::size_t first = 0; first < batch_seqs.size(); first += merged_batches_max) {
        const std::size_t end = std::min(first + merged_batches_max, batch_seqs.size());
        std::vector<Cursor> cursors;
        for (std::size_t index = first; index < end; ++index) {
            TIDEMARK_ASSIGN_OR_RETURN(Cursor cursor, open_cursor(day, batch_seqs[index]));
            TIDEMARK_RETURN_IF_ERROR(advance(cursor));
            if (cursor.has_row) {
                cursors.push_back(std::move(cursor));
            }
        }
        // In order, so that folded_through always says what a daily row holds.
        const std::int64_t through = end == batch_seqs.size() ? row_.last_seq : batch_seqs[end - 1];
        TIDEMARK_RETURN_IF_ERROR(merge(day, cursors, through));
    }
    return {};
}

Result<Cursor> Folding::open_cursor(UtcDay day, std::int64_t batch_seq) {
    const std::string sql = fmt::format(
        "SELECT {0}, {1} FROM {2} WHERE batch_seq = ?1 AND "
        "date = ?2{3}{4} ORDER BY {0}, slot",
        tables_.subject(),
        tables_.each_metric("{}"),
        tables_.batch(),
        scope_.subject_from.has_value() ? fmt::format(" AND {} >= ?3", tables_.subject()) : "",
        scope_.subject_to.has_value() ? fmt::format(" AND {} < ?4", tables_.subject()) : "");
    TIDEMARK_ASSIGN_OR_RETURN(Statement rows, connection_.prepare(sql));
    rows.bind(batch_seq, std::int64_t{day.days_since_epoch()});
    if (scope_.subject_from.has_value()) {
        rows.bind_at(3, *scope_.subject_from);
    }
    if (scope_.subject_to.has_value()) {
        rows.bind_at(4, *scope_.subject_to);
    }
    BatchSum& sum = sums_[batch_seq];
    sum.totals.resize(row_.dataset.metrics().size());
    return Cursor{.rows = std::move(rows), .batch_seq = batch_seq, .sum = &sum};
}

Result<void> Folding::advance(Cursor& cursor) {
    TIDEMARK_ASSIGN_OR_RETURN(cursor.has_row, cursor.rows.step());
    if (cursor.has_row) {
        cursor.subject = cursor.rows.text(0);
    }
    return {};
}

// Adds the rows of subject_ that the cursor stands before, and moves it past them.
Result<void> Folding::add_rows(Cursor& cursor, std::int64_t row_bound, std::vector<Total>& sum) {
    const bool counts = cursor.batch_seq > row_bound;
    touched_ = touched_ || counts;
    while (cursor.has_row && cursor.subject == subject_) {
        for (std::size_t metric = 0; metric < sum.size(); ++metric) {
            const std::int64_t value = cursor.rows.integer(static_cast<int>(metric) + 1);
            cursor.sum->totals[metric] += value;
            if (counts) {
                sum[metric] += value;
            }
        }
        ++cursor.sum->row_count;
        TIDEMARK_RETURN_IF_ERROR(advance(cursor));
    }
    return {};
}

Result<void> Folding::merge(UtcDay day, std::vector<Cursor>& cursors, std::int64_t through) {
    // A heap of the cursors that have a row, the smallest subject on top.
    std::vector<Cursor*> heap;
    heap.reserve(cursors.size());
    const auto behind = [](const Cursor* left, const Cursor* right) {
        return left->subject > right->subject;
    };
    for (Cursor& cursor : cursors) {
        heap.push_back(&cursor);
    }
    std::ranges::make_heap(heap, behind);
    std::vector<Total> sum(row_.dataset.metrics().size());
    while (!heap.empty()) {
        subject_.assign(heap.front()->subject);
        touched_ = false;
        std::ranges::fill(sum, Total());
        // Rows of a daily row that a fold of a part has run ahead of the cursor count only above
        // what it holds. While there was no such fold no row is above the cursor, so the bound is
        // not looked up.
        std::int64_t row_bound = 0;
        if (row_.partial) {
            TIDEMARK_ASSIGN_OR_RETURN(row_bound, find_row_bound(day));
        }
        while (!heap.empty() && heap.front()->subject == subject_) {
            std::ranges::pop_heap(heap, behind);
            Cursor& cursor = *heap.back();
            TIDEMARK_RETURN_IF_ERROR(add_rows(cursor, row_bound, sum));
            if (cursor.has_row) {
                std::ranges::push_heap(heap, behind);
            } else {
                heap.pop_back();
            }
        }
        if (touched_) {
            TIDEMARK_RETURN_IF_ERROR(add_to_daily(day, sum, through));
        }
    }
    return {};
}

Result<std::int64_t> Folding::find_row_bound(UtcDay day) {
    row_bound_.reset();
    row_bound_.bind(std::int64_t{day.days_since_epoch()}, subject_);
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, row_bound_.step());
    return found ? row_bound_.integer(0) : 0;
}

Result<void> Folding::add_to_daily(UtcDay day,
                                   const std::vector<Total>& sum,
                                   std::int64_t through) {
    std::vector<std::int64_t> added(sum.size());
    for (std::size_t metric = 0; metric < sum.size(); ++metric) {
        const std::optional<std::int64_t> value = sum[metric].to_int64();
        if (!value.has_value()) {
            return value_too_large(
                row_.dataset.name(), subject_, day, row_.dataset.metrics()[metric]);
        }
        added[metric] = *value;
    }
    upsert_.bind(std::int64_t{day.days_since_epoch()}, subject_, through);
    for (std::size_t metric = 0; metric < added.size(); ++metric) {
        upsert_.bind_at(static_cast<int>(metric) + 4, added[metric]);
    }
    Result<void> written = upsert_.run();
    if (!written.has_value()) {
        return daily_not_written(day, added, std::move(written).error());
    }
    if (connection_.changed_count() != 1) {
        return Error{
            ErrorKind::corrupt,
            fmt::format("fold '{}': the daily row of '{}' on {} says that it holds batches "
                        "above {} already: nothing was folded",
                        row_.dataset.name(),
                        subject_,
                        day.to_string(),
                        through)};
    }
    ++daily_row_count_;
    return {};
}

Error Folding::daily_not_written(UtcDay day, const std::vector<std::int64_t>& added, Error error) {
    if (!connection_.failed_on_type()) {
        return error;
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement daily,
        connection_.prepare(fmt::format("SELECT {} FROM {} WHERE date = ?1 AND {} = ?2",
                                        tables_.each_metric("{}"),
                                        tables_.daily(),
                                        tables_.subject())));
    daily.bind(std::int64_t{day.days_since_epoch()}, subject_);
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, daily.step());
    for (std::size_t metric = 0; found && metric < added.size(); ++metric) {
        const std::int64_t before = daily.integer(static_cast<int>(metric));
        if (!checked_add(before, added[metric]).has_value()) {
            return value_too_large(
                row_.dataset.name(), subject_, day, row_.dataset.metrics()[metric]);
        }
    }
    return error;
}

Result<void> Folding::check_conservation() {
    TIDEMARK_ASSIGN_OR_RETURN(const auto receipts,
                              load_receipts(connection_,
                                            row_.id,
                                            row_.folded_through,
                                            row_.last_seq,
                                            row_.last_seq - row_.folded_through));
    for (const BatchReceipt& receipt : receipts) {
        BatchSum& sum = sums_[receipt.batch_seq];  // a batch without rows was not read
        TIDEMARK_ASSIGN_OR_RETURN(const ErasedRows erased,
                                  load_erased_rows(connection_, row_, receipt.batch_seq));
        sum.row_count += erased.row_count;
        sum.totals.resize(receipt.totals.size());
        for (std::size_t metric = 0; metric < sum.totals.size(); ++metric) {
            sum.totals[metric] += erased.totals[metric];
        }
        if (sum.row_count != receipt.row_count || sum.totals != receipt.totals) {
            return batch_not_conserved(row_.dataset.name(), receipt);
        }
    }
    if (static_cast<std::int64_t>(receipts.size()) != row_.last_seq - row_.folded_through) {
        return Error{ErrorKind::corrupt,
                     fmt::format("fold '{}': {} of the batches {} to {} have no receipt: nothing "
                                 "was folded",
                                 row_.dataset.name(),
                                 row_.last_seq - row_.folded_through -
                                     static_cast<std::int64_t>(receipts.size()),
                                 row_.folded_through + 1,
                                 row_.last_seq)};
    }
    return {};
}

}  // namespace

Result<FoldOutcome> fold(Connection& connection, std::string_view dataset, const FoldScope& scope) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_counter(connection, dataset));
    // Under the write lock every batch_seq up to last_seq is committed: that is the horizon.
    FoldOutcome outcome{.folded_from = row.folded_through,
                        .folded_through = row.last_seq,
                        .batch_count = row.last_seq - row.folded_through};
    if (outcome.batch_count == 0) {
        return outcome;
    }
    TIDEMARK_ASSIGN_OR_RETURN(Folding folding, Folding::prepare(connection, row, scope));
    TIDEMARK_ASSIGN_OR_RETURN(outcome.daily_row_count, folding.fold_days());
    if (scope.whole()) {
        TIDEMARK_RETURN_IF_ERROR(folding.check_conservation());
        TIDEMARK_RETURN_IF_ERROR(connection.run(
            "UPDATE dataset SET folded_through = ?2, partial = 0 WHERE dataset_id = ?1",
            row.id,
            row.last_seq));
    } else if (outcome.daily_row_count > 0) {
        TIDEMARK_RETURN_IF_ERROR(
            connection.run("UPDATE dataset SET partial = 1 WHERE dataset_id = ?1", row.id));
    }
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return outcome;
}

}  // namespace tidemark::sqlite
