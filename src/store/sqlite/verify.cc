#include "store/sqlite/verify.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "store/day_recount.h"
#include "store/ledger_check.h"
#include "store/sqlite/adjusting.h"
#include "store/sqlite/dataset_tables.h"
#include "store/sqlite/registry.h"
#include "store/sqlite/seals.h"
#include "store/sqlite/total_list.h"
#include "store/sqlite/transaction.h"
#include "store/sqlite/verify_gauge.h"

namespace tidemark::sqlite {

namespace {

constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();

UtcDay day_of(std::int64_t date) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(date));
}

class Verifying {
 public:
    Verifying(Connection& connection,
              const DatasetRow& row,
              const VerifyScope& scope,
              const DifferenceSink& differs)
        : connection_(connection),
          row_(row),
          scope_(scope),
          differs_(differs),
          tables_(row.dataset),
          facts_{.dataset = row.dataset,
                 .last_seq = row.last_seq,
                 .folded_through = row.folded_through,
                 .partial = row.partial},
          values_(row.dataset.metrics().size()) {}

    Result<VerifySummary> run();

 private:
    Result<void> load_receipts();
    Result<void> load_runs();
    Result<void> load_purged();
    Result<void> load_corrections();
    Result<void> load_erased();
    Result<void> find_batches_of_days();
    Result<void> find_daily_days();
    Result<void> recount_days(VerifySummary& summary);
    Result<void> recount(UtcDay day);
    Result<void> add_daily_rows(UtcDay day, DayRecount& recount);
    Result<void> add_batch_rows(UtcDay day, std::int64_t batch_seq, DayRecount& recount);
    void add_to(RowSum& sum, const Statement& at, int column);

    Connection& connection_;
    const DatasetRow& row_;
    const VerifyScope& scope_;
    const DifferenceSink& differs_;
    DatasetTables tables_;
    LedgerFacts facts_;
    // The days that have rows of either kind, and which batches' they are, as the tables have it.
    std::map<UtcDay, std::vector<std::int64_t>> batches_of_day_;
    std::set<UtcDay> unswept_;          // purged days that have rows, which are nobody's
    std::vector<std::int64_t> values_;  // of the row at hand
};

Result<void> Verifying::load_receipts() {
    TIDEMARK_ASSIGN_OR_RETURN(facts_.receipts,
                              sqlite::load_receipts(connection_, row_.id, 0, all, all));
    facts_.number_count = static_cast<std::int64_t>(facts_.receipts.size());
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement reasons,
        connection_.prepare("SELECT batch_seq, sum(line_count) FROM rejected_reason WHERE "
                            "dataset_id = ?1 GROUP BY batch_seq"));
    reasons.bind(row_.id);
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, reasons.step());
        if (!found) {
            return {};
        }
        facts_.rejected_by_batch[reasons.integer(0)] = reasons.integer(1);
    }
}

Result<void> Verifying::load_runs() {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection_.prepare(
            "SELECT run_id, job, feed, started_at_us, ended_at_us, outcome, "
            "row_count, heartbeat_at_us FROM run WHERE dataset = ?1 ORDER BY run_id"));
    statement.bind(row_.dataset.name());
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return {};
        }
        const std::string_view outcome = statement.text(5);
        RunFacts run{.id = statement.integer(0),
                     .job = std::string(statement.text(1)),
                     .feed = std::string(statement.text(2)),
                     .started_at = Timestamp(std::chrono::microseconds(statement.integer(3))),
                     .heartbeat_at = Timestamp(std::chrono::microseconds(statement.integer(7))),
                     .ended_at = {},
                     .outcome = outcome == to_string(RunOutcome::running)  ? RunOutcome::running
                                : outcome == to_string(RunOutcome::failed) ? RunOutcome::failed
                                                                           : RunOutcome::succeeded,
                     .row_count = statement.integer(6)};
        if (!statement.is_null(4)) {
            run.ended_at = Timestamp(std::chrono::microseconds(statement.integer(4)));
        }
        facts_.runs.push_back(std::move(run));
    }
}

Result<void> Verifying::load_purged() {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection_.prepare("SELECT date, swept FROM purged_day WHERE dataset_id = ?1"));
    statement.bind(row_.id);
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return {};
        }
        const UtcDay day = day_of(statement.integer(0));
        facts_.purged.insert(day);
        if (statement.integer(1) == 0) {
            unswept_.insert(day);
        }
    }
}

Result<void> Verifying::load_corrections() {
    TIDEMARK_ASSIGN_OR_RETURN(Statement statement,
                              connection_.prepare("SELECT batch_seq, voiding_seq, new_seq, kind "
                                                  "FROM correction WHERE dataset_id = ?1"));
    statement.bind(row_.id);
    const auto number = [&](int column) {
        return statement.is_null(column) ? std::nullopt : std::optional(statement.integer(column));
    };
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return {};
        }
        TIDEMARK_ASSIGN_OR_RETURN(const CorrectionKind kind,
                                  parse_correction_kind(statement.text(3)));
        facts_.corrections.push_back({.dataset = row_.dataset.name(),
                                      .batch_seq = statement.integer(0),
                                      .kind = kind,
                                      .voiding_seq = number(1),
                                      .new_seq = number(2),
                                      .note = {}});
    }
}

Result<void> Verifying::load_erased() {
    TIDEMARK_ASSIGN_OR_RETURN(
        facts_.erased_row_count,
        connection_.integer(
            "SELECT sum(batch_row_count) FROM erasure WHERE dataset_id = ?1", 0, row_.id));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection_.prepare("SELECT batch_seq, date, revision, row_count, totals FROM erased_batch "
                            "WHERE dataset_id = ?1 UNION ALL SELECT NULL, date, revision, 0, "
                            "totals FROM erased_day WHERE dataset_id = ?1"));
    rows.bind(row_.id);
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return {};
        }
        TIDEMARK_ASSIGN_OR_RETURN(std::vector<Total> totals, split_totals(rows.text(4)));
        const UtcDay day = day_of(rows.integer(1));
        if (rows.is_null(0)) {
            facts_.erased_days[{day, rows.integer(2)}] = std::move(totals);
        } else {
            facts_.erased_rows[{rows.integer(0), day, rows.integer(2)}] = {
                .row_count = rows.integer(3), .totals = std::move(totals)};
        }
    }
}

// Goes from one (batch, day) to the next by searching the key, whatever the registry says.
Result<void> Verifying::find_batches_of_days() {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement next,
        connection_.prepare(fmt::format("SELECT batch_seq, date FROM {} WHERE (batch_seq, date) > "
                                        "(?1, ?2) ORDER BY batch_seq, date LIMIT 1",
                                        tables_.batch())));
    std::int64_t batch_seq = std::numeric_limits<std::int64_t>::min();
    std::int64_t date = 0;
    while (true) {
        next.bind(batch_seq, date);
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, next.step());
        if (!found) {
            return {};
        }
        batch_seq = next.integer(0);
        date = next.integer(1);
        next.reset();
        batches_of_day_[day_of(date)].push_back(batch_seq);
    }
}

Result<void> Verifying::find_daily_days() {
    TIDEMARK_ASSIGN_OR_RETURN(Statement next,
                              connection_.prepare(fmt::format(
                                  "SELECT min(date) FROM {} WHERE date > ?1", tables_.daily())));
    std::int64_t date = std::numeric_limits<std::int64_t>::min();
    while (true) {
        next.bind(date);
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, next.step());
        if (!found || next.is_null(0)) {
            return {};
        }
        date = next.integer(0);
        next.reset();
        batches_of_day_.try_emplace(day_of(date));
    }
}

void Verifying::add_to(RowSum& sum, const Statement& at, int column) {
    sum.totals.resize(values_.size());
    ++sum.row_count;
    for (std::size_t metric = 0; metric < values_.size(); ++metric) {
        values_[metric] = at.integer(column + static_cast<int>(metric));
        sum.totals[metric] += values_[metric];
    }
}

Result<void> Verifying::add_daily_rows(UtcDay day, DayRecount& recount) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement daily,
        connection_.prepare(fmt::format("SELECT {}, folded_through, {} FROM {} WHERE date = ?1",
                                        tables_.subject(),
                                        tables_.each_metric("{}"),
                                        tables_.daily())));
    daily.bind(std::int64_t{day.days_since_epoch()});
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, daily.step());
        if (!found) {
            return {};
        }
        add_to(facts_.daily[day], daily, 2);
        std::int64_t& most = facts_.folded_through_max[day];
        most = std::max(most, daily.integer(1));
        recount.add_daily(daily.text(0), values_, daily.integer(1));
    }
}

Result<void> Verifying::add_batch_rows(UtcDay day, std::int64_t batch_seq, DayRecount& recount) {
    TIDEMARK_ASSIGN_OR_RETURN(Statement rows,
                              connection_.prepare(fmt::format(
                                  "SELECT {}, slot, {} FROM {} WHERE batch_seq = ?1 AND date = ?2",
                                  tables_.subject(),
                                  tables_.each_metric("{}"),
                                  tables_.batch())));
    rows.bind(batch_seq, std::int64_t{day.days_since_epoch()});
    RowSum& sum = facts_.rows[{batch_seq, day}];
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return {};
        }
        add_to(sum, rows, 2);
        sum.slotted = sum.slotted || rows.integer(1) != 0;
        recount.add_row(batch_seq, rows.text(0), values_);
    }
}

Result<void> Verifying::recount(UtcDay day) {
    const FoldStanding standing{
        .last_seq = row_.last_seq, .folded_through = row_.folded_through, .partial = row_.partial};
    DayRecount recount(row_.dataset, standing, day);
    TIDEMARK_RETURN_IF_ERROR(add_daily_rows(day, recount));
    if (unswept_.contains(day)) {
        return {};
    }
    for (const std::int64_t batch_seq : batches_of_day_.at(day)) {
        TIDEMARK_RETURN_IF_ERROR(add_batch_rows(day, batch_seq, recount));
    }
    if (!facts_.purged.contains(day)) {
        recount.compare(differs_);
    }
    return {};
}

Result<void> Verifying::recount_days(VerifySummary& summary) {
    TIDEMARK_RETURN_IF_ERROR(find_batches_of_days());
    TIDEMARK_RETURN_IF_ERROR(find_daily_days());
    for (const auto& [day, batches] : batches_of_day_) {
        if (scope_.contains(day)) {
            TIDEMARK_RETURN_IF_ERROR(recount(day));
            summary.days_recomputed += facts_.purged.contains(day) ? 0 : 1;
        }
    }
    return {};
}

Result<VerifySummary> Verifying::run() {
    VerifySummary summary;
    TIDEMARK_RETURN_IF_ERROR(load_receipts());
    TIDEMARK_RETURN_IF_ERROR(load_runs());
    TIDEMARK_RETURN_IF_ERROR(load_purged());
    TIDEMARK_ASSIGN_OR_RETURN(facts_.seals, load_sealed_days(connection_, row_));
    TIDEMARK_ASSIGN_OR_RETURN(facts_.seal_events, load_seal_events(connection_, row_, 0, all));
    TIDEMARK_RETURN_IF_ERROR(load_corrections());
    TIDEMARK_RETURN_IF_ERROR(load_erased());
    if (row_.dataset.kind() == DatasetKind::gauge) {
        TIDEMARK_ASSIGN_OR_RETURN(summary.days_recomputed,
                                  recount_gauge(connection_, row_, scope_, differs_, facts_));
    } else {
        TIDEMARK_RETURN_IF_ERROR(check_adjustments(connection_, row_, scope_, differs_, facts_));
        TIDEMARK_RETURN_IF_ERROR(recount_days(summary));
    }
    check_ledger(facts_, scope_, differs_, summary);
    return summary;
}

}  // namespace

Result<VerifySummary> verify(Connection& connection,
                             const VerifyScope& scope,
                             const DifferenceSink& differs) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(connection));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, find_known(connection, scope.dataset));
    TIDEMARK_ASSIGN_OR_RETURN(VerifySummary summary,
                              Verifying(connection, row, scope, differs).run());
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return summary;
}

}  // namespace tidemark::sqlite
