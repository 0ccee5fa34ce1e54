#include "store/postgres/verify.h"

#include <chrono>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "store/day_recount.h"
#include "store/ledger_check.h"
#include "store/postgres/adjusting.h"
#include "store/postgres/corrections.h"
#include "store/postgres/registry.h"
#include "store/postgres/seals.h"
#include "store/postgres/values.h"
#include "store/postgres/verify_gauge.h"

namespace tidemark::postgres {

namespace {

constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();

UtcDay day_at(const Rows& rows, int row, int column) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(rows.integer(row, column)));
}

Timestamp instant_at(const Rows& rows, int row, int column) {
    return Timestamp(std::chrono::microseconds(rows.integer(row, column)));
}

RunOutcome outcome_named(std::string_view name) {
    for (const RunOutcome outcome : {RunOutcome::running, RunOutcome::succeeded}) {
        if (name == to_string(outcome)) {
            return outcome;
        }
    }
    return RunOutcome::failed;
}

class Verifying {
 public:
    Verifying(Connection& connection,
              const DatasetTables& tables,
              const VerifyScope& scope,
              const DifferenceSink& differs)
        : connection_(connection),
          tables_(tables),
          scope_(scope),
          differs_(differs),
          facts_{.dataset = tables.dataset} {}

    Result<VerifySummary> run();

 private:
    Result<void> begin();
    Result<void> load_standing();
    Result<void> load_receipts();
    Result<void> load_runs();
    Result<void> load_purged();
    Result<void> load_erased();
    Result<void> load_rows();
    Result<void> load_daily();
    Result<std::set<UtcDay>> days_of_partitions();
    Result<void> recount_days(VerifySummary& summary);
    Result<void> recount(UtcDay day, bool has_partition);
    [[nodiscard]] std::string recount_sql(UtcDay day, bool has_partition) const;
    // Of columns [first, first + metrics) of a row; nothing when they are NULL.
    Result<std::vector<Total>> totals_at(const Rows& rows, int row, int first) const;
    [[nodiscard]] Parameters name() const { return Parameters().text(tables_.dataset.name()); }

    Connection& connection_;
    const DatasetTables& tables_;
    const VerifyScope& scope_;
    const DifferenceSink& differs_;
    LedgerFacts facts_;
    FoldStanding standing_;
};

// The lock first: it takes no snapshot, and a purge is over before it or comes after all of this.
Result<void> Verifying::begin() {
    return connection_.execute_script(
        fmt::format("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                    "LOCK TABLE ONLY {} IN ACCESS SHARE MODE;"
                    "SET LOCAL max_parallel_workers_per_gather = 4",
                    tables_.batch));
}

Result<std::vector<Total>> Verifying::totals_at(const Rows& rows, int row, int first) const {
    std::vector<Total> totals;
    for (int column = first; column < first + std::ssize(tables_.metrics); ++column) {
        if (rows.is_null(row, column)) {
            return std::vector<Total>();
        }
        TIDEMARK_ASSIGN_OR_RETURN(const Total total, Total::parse(rows.text(row, column)));
        totals.push_back(total);
    }
    return totals;
}

Result<void> Verifying::load_standing() {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection_.query("SELECT s.last_seq, f.folded_through, f.partial, (SELECT count(*)"
                          " FROM batch_registry r WHERE r.dataset = $1) FROM dataset_seq s"
                          " JOIN dataset_fold f USING (dataset) WHERE dataset = $1",
                          name()));
    facts_.last_seq = standing_.last_seq = rows.integer(0, 0);
    facts_.folded_through = standing_.folded_through = rows.integer(0, 1);
    facts_.partial = standing_.partial = rows.boolean(0, 2);
    facts_.number_count = rows.integer(0, 3);
    return {};
}

Result<void> Verifying::load_receipts() {
    TIDEMARK_ASSIGN_OR_RETURN(facts_.receipts,
                              load_committed(connection_, tables_.dataset.name(), 0, all));
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection_.query("SELECT batch_seq, (SELECT sum(value::bigint)"
                          " FROM jsonb_each_text(rejected_by_reason)) FROM batch_registry"
                          " WHERE dataset = $1 AND state = 'committed'"
                          " AND rejected_by_reason <> '{}'",
                          name()));
    for (int row = 0; row < rows.size(); ++row) {
        facts_.rejected_by_batch[rows.integer(row, 0)] = rows.integer(row, 1);
    }
    return {};
}

Result<void> Verifying::load_runs() {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection_.query(
            "SELECT id, job, feed, (extract(epoch FROM started_at) * 1000000)::bigint,"
            " (extract(epoch FROM ended_at) * 1000000)::bigint, outcome, row_count,"
            " (extract(epoch FROM heartbeat_at) * 1000000)::bigint"
            " FROM run WHERE dataset = $1 ORDER BY id",
            name()));
    for (int row = 0; row < rows.size(); ++row) {
        RunFacts run{.id = rows.integer(row, 0),
                     .job = std::string(rows.text(row, 1)),
                     .feed = std::string(rows.text(row, 2)),
                     .started_at = instant_at(rows, row, 3),
                     .heartbeat_at = instant_at(rows, row, 7),
                     .ended_at = {},
                     .outcome = outcome_named(rows.text(row, 5)),
                     .row_count = rows.integer(row, 6)};
        if (!rows.is_null(row, 4)) {
            run.ended_at = instant_at(rows, row, 4);
        }
        facts_.runs.push_back(std::move(run));
    }
    return {};
}

Result<void> Verifying::load_purged() {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection_.query("SELECT date - DATE '1970-01-01' FROM purged_day WHERE dataset = $1",
                          name()));
    for (int row = 0; row < rows.size(); ++row) {
        facts_.purged.insert(day_at(rows, row, 0));
    }
    return {};
}

Result<void> Verifying::load_erased() {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows counted,
        connection_.query(
            "SELECT coalesce(sum(batch_row_count), 0)::bigint FROM erasure WHERE dataset = $1",
            name()));
    facts_.erased_row_count = counted.integer(0, 0);
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection_.query("SELECT batch_seq, date - DATE '1970-01-01', revision, row_count, totals"
                          " FROM erased_batch WHERE dataset = $1 UNION ALL SELECT NULL,"
                          " date - DATE '1970-01-01', revision, 0, totals FROM erased_day"
                          " WHERE dataset = $1",
                          name()));
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(std::vector<Total> totals, parse_totals(rows.text(row, 4)));
        const UtcDay day = day_at(rows, row, 1);
        const std::int64_t revision = rows.integer(row, 2);
        if (rows.is_null(row, 0)) {
            facts_.erased_days[{day, revision}] = std::move(totals);
        } else {
            facts_.erased_rows[{rows.integer(row, 0), day, revision}] = {
                .row_count = rows.integer(row, 3), .totals = std::move(totals)};
        }
    }
    return {};
}

std::string days_between(const VerifyScope& scope, Parameters& parameters) {
    std::string bounds;
    if (scope.from.has_value()) {
        parameters.day(*scope.from);
        bounds += fmt::format(" AND date >= ${}", parameters.size());
    }
    if (scope.to.has_value()) {
        parameters.day(*scope.to);
        bounds += fmt::format(" AND date < ${}", parameters.size());
    }
    return bounds;
}

Result<void> Verifying::load_rows() {
    Parameters parameters;
    const std::string bounds = days_between(scope_, parameters);
    const std::string sql = fmt::format(
        "SELECT batch_seq, date - DATE '1970-01-01', count(*), bool_or(slot <> 0), {} FROM {}"
        " WHERE true{}"
        " GROUP BY batch_seq, date",
        tables_.metric_list("sum({0})"),
        tables_.batch,
        bounds);
    return connection_.query_each(sql, parameters, [&](const Rows& row) -> Result<void> {
        RowSum& sum = facts_.rows[{row.integer(0, 0), day_at(row, 0, 1)}];
        sum.row_count = row.integer(0, 2);
        sum.slotted = row.boolean(0, 3);
        TIDEMARK_ASSIGN_OR_RETURN(sum.totals, totals_at(row, 0, 4));
        return {};
    });
}

Result<void> Verifying::load_daily() {
    Parameters parameters;
    const std::string bounds = days_between(scope_, parameters);
    const std::string sql = fmt::format(
        "SELECT date - DATE '1970-01-01', count(*), max(folded_through), {} FROM {}"
        " WHERE true{} GROUP BY 1",
        tables_.metric_list("sum({0})"),
        tables_.daily,
        bounds);
    return connection_.query_each(sql, parameters, [&](const Rows& row) -> Result<void> {
        RowSum& sum = facts_.daily[day_at(row, 0, 0)];
        sum.row_count = row.integer(0, 1);
        facts_.folded_through_max[day_at(row, 0, 0)] = row.integer(0, 2);
        TIDEMARK_ASSIGN_OR_RETURN(sum.totals, totals_at(row, 0, 3));
        return {};
    });
}

Result<std::set<UtcDay>> Verifying::days_of_partitions() {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection_.query("SELECT to_date(right(c.relname::text, 8), 'YYYYMMDD')"
                          " - DATE '1970-01-01' FROM pg_inherits i JOIN pg_class c"
                          " ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass",
                          Parameters().text(tables_.batch)));
    std::set<UtcDay> days;
    for (int row = 0; row < rows.size(); ++row) {
        days.insert(day_at(rows, row, 0));
    }
    return days;
}

// The rows of the day that are not as they must be: the sums of the batch rows beside the daily
// row. Rows up to the cursor are in every daily row; while the dataset is partial a daily row may
// have gone further, up to its own folded_through.
std::string Verifying::recount_sql(UtcDay day, bool has_partition) const {
    const std::string cursor = std::to_string(standing_.folded_through);
    const std::string from =
        fmt::format("(SELECT * FROM {} WHERE date = DATE '{}')", tables_.daily, day.to_string());
    const std::string rows = has_partition
                                 ? connection_.quote(tables_.partition(day))
                                 : fmt::format("(SELECT * FROM {} WHERE false)", tables_.batch);
    const std::string joined =
        standing_.partial ? fmt::format(
                                "{0} b LEFT JOIN {1} p ON p.{2} = b.{2} WHERE b.batch_seq <="
                                " greatest({3}, p.folded_through)",
                                rows,
                                from,
                                tables_.subject,
                                cursor)
                          : fmt::format("{} b WHERE b.batch_seq <= {}", rows, cursor);
    std::string differing;
    for (const std::string& metric : tables_.metrics) {
        differing += fmt::format(" OR s.{0} <> d.{0}", metric);
    }
    return fmt::format(
        "SELECT coalesce(d.{0}, s.{0}), d.folded_through, s.newest_of_batches, {1}, {2} FROM"
        " (SELECT b.{0}, {3}, coalesce(max(b.batch_seq) FILTER (WHERE b.batch_seq <= {4}), 0)"
        " AS newest_of_batches FROM {5} GROUP BY b.{0}) s FULL JOIN {6} d ON d.{0} = s.{0}"
        " WHERE d.{0} IS NULL OR s.{0} IS NULL{7} OR d.folded_through < s.newest_of_batches"
        " OR d.folded_through > {8} ORDER BY 1",
        tables_.subject,
        tables_.metric_list("s.{0}"),
        tables_.metric_list("d.{0}"),
        tables_.metric_list("sum(b.{0}) AS {0}"),
        cursor,
        joined,
        from,
        differing,
        standing_.partial ? standing_.last_seq : standing_.folded_through);
}

Result<void> Verifying::recount(UtcDay day, bool has_partition) {
    return connection_.query_each(
        recount_sql(day, has_partition), {}, [&](const Rows& row) -> Result<void> {
            const int metric_count = static_cast<int>(std::ssize(tables_.metrics));
            TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Total> sum, totals_at(row, 0, 3));
            TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Total> daily,
                                      totals_at(row, 0, 3 + metric_count));
            compare_recounted(tables_.dataset,
                              standing_,
                              {.subject = row.text(0, 0),
                               .day = day,
                               .sum = sum,
                               .daily = daily,
                               .folded_through = row.integer(0, 1),
                               .newest_folded = row.integer(0, 2)},
                              differs_);
            return {};
        });
}

Result<void> Verifying::recount_days(VerifySummary& summary) {
    TIDEMARK_RETURN_IF_ERROR(load_rows());
    TIDEMARK_RETURN_IF_ERROR(load_daily());
    TIDEMARK_ASSIGN_OR_RETURN(const std::set<UtcDay> partitions, days_of_partitions());
    std::set<UtcDay> days = partitions;
    for (const auto& [day, sum] : facts_.daily) {
        days.insert(day);
    }
    for (const UtcDay day : days) {
        if (scope_.contains(day) && !facts_.purged.contains(day)) {
            TIDEMARK_RETURN_IF_ERROR(recount(day, partitions.contains(day)));
            ++summary.days_recomputed;
        }
    }
    return {};
}

Result<VerifySummary> Verifying::run() {
    VerifySummary summary;
    TIDEMARK_RETURN_IF_ERROR(begin());
    TIDEMARK_RETURN_IF_ERROR(load_standing());
    TIDEMARK_RETURN_IF_ERROR(load_receipts());
    TIDEMARK_RETURN_IF_ERROR(load_runs());
    TIDEMARK_RETURN_IF_ERROR(load_purged());
    TIDEMARK_RETURN_IF_ERROR(load_erased());
    TIDEMARK_ASSIGN_OR_RETURN(facts_.seals, sealed_days(connection_, tables_));
    TIDEMARK_ASSIGN_OR_RETURN(facts_.seal_events, seal_events(connection_, tables_, 0, all));
    TIDEMARK_ASSIGN_OR_RETURN(facts_.corrections,
                              load_corrections(connection_, tables_.dataset.name(), 0, all));
    if (tables_.dataset.kind() == DatasetKind::gauge) {
        TIDEMARK_ASSIGN_OR_RETURN(summary.days_recomputed,
                                  recount_gauge(connection_, tables_, scope_, differs_, facts_));
    } else {
        TIDEMARK_RETURN_IF_ERROR(check_adjustments(connection_, tables_, scope_, differs_, facts_));
        TIDEMARK_RETURN_IF_ERROR(recount_days(summary));
    }
    check_ledger(facts_, scope_, differs_, summary);
    TIDEMARK_RETURN_IF_ERROR(connection_.execute_script("COMMIT"));
    return summary;
}

}  // namespace

Result<VerifySummary> verify(Connection& connection,
                             const DatasetTables& tables,
                             const VerifyScope& scope,
                             const DifferenceSink& differs) {
    Result<VerifySummary> summary = Verifying(connection, tables, scope, differs).run();
    if (!summary.has_value()) {
        connection.roll_back();
    }
    return summary;
}

}  // namespace tidemark::postgres
